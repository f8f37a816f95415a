import { refusing } from "./lib/stub.js";

export default refusing("child_process", ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync", "ChildProcess"]);
