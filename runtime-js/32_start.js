// The one script that every new isolate runs. Not part of the snapshot: the operations have their fast versions only
// when a script from outside of it is loaded.

(function () {
const { core } = __bootstrap;
return core.loadExtScript("ext:portico/30_dispatch.js").begin(core.ops);
})();
