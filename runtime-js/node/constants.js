import { constants as files } from "node:fs";
import os from "node:os";

export default { ...files, ...os.constants.signals };
