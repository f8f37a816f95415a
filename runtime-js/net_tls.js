// Stands in for deno_net's TLS script, of which deno_fetch loads one function for an API
// (`Deno.createHttpClient`) that functions never see.

(function () {
return {
  loadTlsKeyPair() {
    throw new TypeError("Client certificates are not supported");
  },
};
})();
