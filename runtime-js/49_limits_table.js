// Which table is too large for the console: the host makes all of it, and the log takes some thousand characters.

(function () {
const { core } = __bootstrap;
const { mapSet, NativeMap, ownKeys, uncurry } = core.loadExtScript("ext:portico/41_limits_kit.js");
const { getOwnPropertyDescriptor } = Object;
const mapSize = uncurry(getOwnPropertyDescriptor(Map.prototype, "size").get);
const mapForEach = uncurry(Map.prototype.forEach);
const setForEach = uncurry(Set.prototype.forEach);

const CELLS_MAX = 1e5;

function isLargeTable(data) {
  if (typeof data !== "object" || data === null) return false;
  const columns = new NativeMap();
  let rows = 0;
  const isLarge = () => rows * (mapSize(columns) + 1) > CELLS_MAX;
  const add = (row) => {
    if (isLarge()) return;
    rows++;
    const keys = typeof row === "object" && row !== null ? ownKeys(row) : [];
    for (let i = 0; i < keys.length; i++) mapSet(columns, keys[i], true);
  };
  if (core.isMap(data)) {
    mapForEach(data, add);
  } else if (core.isSet(data)) {
    setForEach(data, add);
  } else {
    const keys = ownKeys(data);
    for (let i = 0; i < keys.length; i++) add(getOwnPropertyDescriptor(data, keys[i])?.value);
  }
  return isLarge();
}

return { isLargeTable };
})();
