import { refusing } from "./lib/stub.js";

export default refusing("readline/promises", ["createInterface", "Interface", "Readline"]);
