import punycode from "npm:punycode";

export default punycode;
