import dns from "node:dns";

export default dns.promises;
