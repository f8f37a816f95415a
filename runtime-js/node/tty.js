import { refusing } from "./lib/stub.js";

export default { ...refusing("tty", ["ReadStream", "WriteStream"]), isatty: () => false };
