// Sends the request that a button names and shows status, headers and body as they came.
const answer = document.querySelector("#answer");

for (const button of document.querySelectorAll("button[data-path]")) {
  button.addEventListener("click", async () => {
    const { path, method = "GET", body } = button.dataset;
    answer.textContent = `${method} ${path} …`;
    const began = performance.now();
    const response = await fetch(path, { method, body, cache: "no-store" });
    const text = await response.text();
    const took = (performance.now() - began).toFixed(1);
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    answer.textContent = `${method} ${path}\n${response.status} in ${took} ms\n\n${headers}\n\n${text.slice(0, 2000)}`;
  });
}
