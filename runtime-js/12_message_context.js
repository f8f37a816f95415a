// Whose messages are: those of a channel belong to the code that made it, as in Node.
//
// Otherwise they would belong to whoever listens first: a channel of the module would go on in the name of one request, with what that one
// stores, its log and its count of fetches.

(function () {
const { core } = __bootstrap;
const { getAsyncContext, setAsyncContext } = core;
const { MessageChannel, MessagePort } = core.loadExtScript("ext:deno_web/13_message_port.js");

const { apply, construct, defineProperty } = Reflect;
const uncurry = Function.prototype.call.bind.bind(Function.prototype.call);
const contextGet = uncurry(WeakMap.prototype.get);
const contextHas = uncurry(WeakMap.prototype.has);
const contextSet = uncurry(WeakMap.prototype.set);
const portsOf = ["port1", "port2"].map((name) => uncurry(Object.getOwnPropertyDescriptor(MessageChannel.prototype, name).get));

// Of the ports whose channel was made here. Others have been handed over, and belong to who takes them.
const contexts = new WeakMap();

const made = new Proxy(MessageChannel, {
  construct(target, args, newTarget) {
    const channel = construct(target, args, newTarget);
    const context = getAsyncContext();
    contextSet(contexts, portsOf[0](channel), context);
    contextSet(contexts, portsOf[1](channel), context);
    return channel;
  },
});
defineProperty(MessageChannel.prototype, "constructor", { value: made, writable: true, configurable: true });

// The loop that waits for messages runs in the context in which it begins.
const { start } = MessagePort.prototype;
const limited = {
  start() {
    if (!contextHas(contexts, this)) return apply(start, this, []);
    const before = getAsyncContext();
    setAsyncContext(contextGet(contexts, this));
    try {
      return apply(start, this, []);
    } finally {
      setAsyncContext(before);
    }
  },
};
defineProperty(MessagePort.prototype, "start", { value: limited.start, writable: true, enumerable: true, configurable: true });

return { MessageChannel: made };
})();
