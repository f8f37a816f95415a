// Node's own `inspect` and `format`, extracted by a package; not a module that functions can import.
import { removeAdded } from "./lib/inspect_before.js";
import extracted from "npm:node-inspect-extracted";

removeAdded();
const { inspect, format, formatWithOptions, stripVTControlCharacters, getStringWidth, stylizeWithColor } = extracted;

export default { inspect, format, formatWithOptions, stripVTControlCharacters, getStringWidth, stylizeWithColor };
