// The package `url` asks `qs` for what node:querystring does.
import querystring from "node:querystring";

export const parse = (text) => querystring.parse(text);
export const stringify = (object) => querystring.stringify(object);
