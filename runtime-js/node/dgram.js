import { refusing } from "./lib/stub.js";

export default refusing("dgram", ["createSocket", "Socket"]);
