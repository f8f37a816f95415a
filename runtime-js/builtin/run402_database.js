// The databases of @run402/functions: as the caller sees it, and as the project does.

import { endpoint, headerOf, isRecord, parsedOr, required, setting } from "@run402/functions/calls.js";

export class R402DbError extends Error {
  constructor(code, message, { status, body, remote_code = null, trace_id = null }) {
    super(message);
    this.name = "R402DbError";
    this.code = code;
    this.status = status;
    this.trace_id = trace_id;
    this.remote_code = remote_code;
    this.body = body;
    this.docs = "https://run402.com/errors/#R402_DB_ERROR";
  }
}

const QUERY_ERROR = "R402_DB_QUERY_ERROR";
const SQL_ERROR = "R402_DB_SQL_ERROR";

// The message names the code only, so that errors of a kind are alike; what differs each time is in the error's properties.
function databaseError(code, what, status, text) {
  const body = parsedOr(text);
  if (!isRecord(body)) return new R402DbError(code, `${what} error (${status}): ${text}`, { status, body: text });
  const remote_code = [body.code, body.error].find((value) => typeof value === "string" && value !== "") ?? "<envelope>";
  const trace_id = typeof body.trace_id === "string" ? body.trace_id : null;
  return new R402DbError(code, `${what} error (${status}): ${remote_code}`, { status, body, remote_code, trace_id });
}

const FILTERS = ["eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike"];

// A table that was made just now is not found until the database's interface has looked at its schema again.
const RETRY_MS_MAX = 20_000;
const RETRY_PAUSE_MS = 100;
const RETRY_PAUSE_MS_MAX = 500;

function isSchemaLate(status, text) {
  return status === 404 || status === 503 || (status === 400 && /PGRST20[45]/.test(text));
}

// A query is built by chaining and sent when it is awaited.
class Query {
  #base;
  #headers;
  #table;
  #method = "GET";
  #body;
  #parameters = new URLSearchParams();
  #rows = "many";
  #sent;

  constructor(base, headers, table) {
    this.#base = base;
    this.#headers = headers;
    this.#table = table;
  }

  #and(name, value) {
    this.#parameters.append(name, value);
    return this;
  }

  // In the place of what was said before.
  #set(name, value) {
    this.#parameters.set(name, value);
    return this;
  }

  // The only other thing that a chain adds: methods of the same form.
  static {
    for (const operator of FILTERS) {
      Query.prototype[operator] = function (column, value) {
        return this.#and(column, `${operator}.${value}`);
      };
    }
  }

  select(columns = "*") {
    return this.#set("select", columns);
  }
  in(column, values) {
    return this.#and(column, `in.(${values.join(",")})`);
  }
  order(column, { ascending = true } = {}) {
    return this.#and("order", `${column}.${ascending ? "asc" : "desc"}`);
  }
  limit(count) {
    return this.#set("limit", count);
  }
  offset(count) {
    return this.#set("offset", count);
  }

  // One row instead of a list of one.
  single() {
    this.#rows = "single";
    return this;
  }
  // One row, or null where there is none.
  maybeSingle() {
    this.#rows = "maybeSingle";
    return this;
  }

  #write(method, body) {
    this.#method = method;
    this.#body = body ? JSON.stringify(body) : undefined;
    return this;
  }
  insert(rows) {
    return this.#write("POST", Array.isArray(rows) ? rows : [rows]);
  }
  update(values) {
    return this.#write("PATCH", values);
  }
  delete() {
    return this.#write("DELETE");
  }

  async #send() {
    const query = this.#parameters.size > 0 ? `?${this.#parameters}` : "";
    const url = endpoint(`${this.#base}/${encodeURIComponent(this.#table)}${query}`);
    const init = {
      method: this.#method,
      headers: { "Content-Type": "application/json", Prefer: "return=representation", ...this.#headers },
      body: this.#body,
    };
    const until = Date.now() + RETRY_MS_MAX;
    for (let pause = RETRY_PAUSE_MS;; pause = Math.min(pause + RETRY_PAUSE_MS, RETRY_PAUSE_MS_MAX)) {
      const response = await fetch(url, init);
      const text = await response.text();
      if (response.ok) return text === "" ? [] : JSON.parse(text);
      if (!isSchemaLate(response.status, text) || Date.now() >= until) {
        throw databaseError(QUERY_ERROR, "PostgREST", response.status, text);
      }
      await new Promise((resume) => setTimeout(resume, pause));
    }
  }

  async #answer() {
    const rows = await this.#send();
    if (this.#rows === "many") return rows;
    if (rows.length === 1) return rows[0];
    if (rows.length === 0 && this.#rows === "maybeSingle") return null;
    const found = rows.length === 0 ? "0 rows" : "multiple rows";
    const message = `PostgREST error (406): ${this.#rows}() got ${found}`;
    throw new R402DbError(QUERY_ERROR, message, { status: 406, body: { rows: rows.length } });
  }

  // Sent once, however often it is awaited.
  then(fulfilled, rejected) {
    this.#sent ??= this.#answer();
    return this.#sent.then(fulfilled, rejected);
  }
  catch(rejected) {
    return this.then(undefined, rejected);
  }
  finally(settled) {
    return this.then().finally(settled);
  }
}

// The database as the caller of `request` sees it; anonymously without one.
export function db(request) {
  const token = headerOf(request, "x-run402-actor-token");
  const authorization = headerOf(request, "authorization") || (token ? `Bearer ${token}` : null);
  const headers = { apikey: required("RUN402_ANON_KEY"), ...(authorization ? { Authorization: authorization } : {}) };
  return { from: (table) => new Query("/rest/v1", headers, table) };
}

// The database as the project sees it: no row is hidden.
export function adminDb() {
  const key = required("RUN402_SERVICE_KEY");
  const headers = { apikey: key, Authorization: `Bearer ${key}` };
  return { from: (table) => new Query("/admin/v1/rest", headers, table), sql };
}

async function sql(query, parameters) {
  const bound = Array.isArray(parameters) && parameters.length > 0;
  const response = await fetch(endpoint(`/projects/v1/admin/${setting("RUN402_PROJECT_ID")}/sql`), {
    method: "POST",
    headers: {
      "Content-Type": bound ? "application/json" : "text/plain",
      Authorization: `Bearer ${required("RUN402_SERVICE_KEY")}`,
    },
    body: bound ? JSON.stringify({ sql: query, params: parameters }) : query,
  });
  const text = await response.text();
  if (!response.ok) throw databaseError(SQL_ERROR, "SQL", response.status, text);
  const answer = JSON.parse(text);
  // Both spellings of the count are in use.
  const count = answer?.rowCount ?? answer?.row_count;
  return count === undefined ? answer : { ...answer, rowCount: count, row_count: count };
}
