// node:fs: there are no files.

import { refusing, rejecting } from "./lib/stub.js";
import { plain } from "./lib/errors.js";

const ASYNC = [
  "access", "appendFile", "chmod", "chown", "copyFile", "cp", "lchown", "link", "lstat", "lutimes", "mkdir", "mkdtemp", "open", "opendir",
  "readdir", "readFile", "readlink", "realpath", "rename", "rm", "rmdir", "stat", "statfs", "symlink", "truncate", "unlink", "utimes",
  "writeFile",
];
const HANDLES = ["close", "fchmod", "fchown", "fdatasync", "fstat", "fsync", "ftruncate", "futimes", "read", "readv", "write", "writev"];
const OTHERS = ["createReadStream", "createWriteStream", "watch", "watchFile", "unwatchFile", "openAsBlob", "Dir", "Dirent", "FileReadStream", "FileWriteStream", "ReadStream", "WriteStream", "Stats"];

// Looking for a file that is not there is no misuse.
function missing(call, path) {
  const error = plain("ENOENT", `ENOENT: no such file or directory, ${call} '${path}'`);
  return Object.assign(error, { errno: -2, syscall: call, path: `${path}` });
}

const absent = {
  accessSync(path) {
    throw missing("access", path);
  },
  statSync(path, options) {
    if (options?.throwIfNoEntry === false) return undefined;
    throw missing("stat", path);
  },
  lstatSync(path, options) {
    if (options?.throwIfNoEntry === false) return undefined;
    throw missing("lstat", path);
  },
  readFileSync(path) {
    throw missing("open", path);
  },
  readdirSync(path) {
    throw missing("scandir", path);
  },
  realpathSync(path) {
    throw missing("realpath", path);
  },
};

const promises = { ...rejecting("fs.promises", [...ASYNC, "watch"]) };
for (const [name, call] of [["access", "access"], ["stat", "stat"], ["lstat", "lstat"], ["readFile", "open"], ["readdir", "scandir"]]) {
  promises[name] = async (path) => {
    throw missing(call, path);
  };
}

const constants = {
  F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024,
  COPYFILE_EXCL: 1, S_IFMT: 61440, S_IFREG: 32768, S_IFDIR: 16384, S_IFLNK: 40960,
};

const fs = {
  ...refusing("fs", [...ASYNC, ...HANDLES, ...OTHERS, ...[...ASYNC, ...HANDLES].map((name) => `${name}Sync`)]),
  ...absent,
  exists: (path, callback) => queueMicrotask(() => callback(false)),
  existsSync: () => false,
  promises,
  constants,
  ...constants,
};
for (const [name, call] of [["access", "access"], ["stat", "stat"], ["lstat", "lstat"], ["readFile", "open"], ["readdir", "scandir"]]) {
  fs[name] = (path, ...rest) => {
    const callback = rest.at(-1);
    queueMicrotask(() => callback(missing(call, path)));
  };
}
promises.constants = constants;
fs.realpath.native = fs.realpath;
fs.realpathSync.native = fs.realpathSync;

export default fs;
