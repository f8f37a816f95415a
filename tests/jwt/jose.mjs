// jose as it is installed for the packages' tests: nothing here needs a folder of packages of its own.
export * from "../packages/node_modules/jose/dist/webapi/index.js";
