import { refusing } from "./lib/stub.js";

export default {
  ...refusing("vm", ["compileFunction", "createContext", "createScript", "measureMemory", "runInContext", "runInNewContext", "runInThisContext", "Script", "SourceTextModule", "SyntheticModule"]),
  isContext: () => false,
  constants: {},
};
