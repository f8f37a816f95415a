import { refusing } from "./lib/stub.js";

export default refusing("readline", ["clearLine", "clearScreenDown", "createInterface", "cursorTo", "emitKeypressEvents", "moveCursor", "Interface"]);
