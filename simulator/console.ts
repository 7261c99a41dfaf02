import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type FaultName, isFault, startOnly } from "./faults.ts";
import { truthOfDay } from "./history/truth-json.ts";
import type { Seen } from "./page/lists.ts";
import { fragment, page } from "./page/page.ts";
import { colleagues, queues, trunks } from "./people.ts";
import { isPhoneAct, phoneActs } from "./phone-rules.ts";
import { findSound, type Pbx } from "./routes.ts";
import { missedInQueue } from "./scenes/missed.ts";
import { webhookDefaults } from "./webhooks.ts";

interface Console {
  readonly pbx: Pbx;
  readonly seen: readonly Seen[];
  readonly url: () => string;
  readonly setFault: (text: string) => Promise<void>;
  readonly clearFault: (name?: FaultName) => Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly type: "text/html" | "text/plain" | "application/json" | "audio/wav";
  readonly body: string | Buffer;
}

/** What a request says, apart from its method and path. */
interface Asked {
  readonly search: URLSearchParams;
  readonly nonce: string;
  /** A field of the JSON body; undefined if there is none. */
  readonly field: (name: string) => unknown;
}

interface ConsoleRoute {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly path: RegExp;
  readonly answer: (console: Console, asked: Asked, match: RegExpExecArray) => Reply | Promise<Reply>;
}

/** The page, the truth and what the page changes: apart from the API, without authentication, loopback only. */
export const answerConsole = async (
  console: Console,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const nonce = randomBytes(12).toString("base64");
  const { status, type, body } = await replyTo(console, request, nonce);
  response.writeHead(status, {
    "Content-Type": type === "audio/wav" ? type : `${type}; charset=utf-8`,
    "Content-Security-Policy": `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; media-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  });
  response.end(body);
};

const html = (body: string): Reply => ({ status: 200, type: "text/html", body });
const json = (value: unknown): Reply => ({
  status: 200,
  type: "application/json",
  body: JSON.stringify(value),
});
const refusal = (status: number, body: string): Reply => ({ status, type: "text/plain", body });

/** Changes are PUT and DELETE: no page elsewhere can send either. */
const consoleRoutes: readonly ConsoleRoute[] = [
  {
    method: "GET",
    path: /^\/$/,
    answer: ({ pbx, seen, url }, { nonce }) => html(page(pbx, seen, url(), nonce)),
  },
  { method: "GET", path: /^\/_sim\/fragment$/, answer: ({ pbx, seen }) => html(fragment(pbx, seen)) },
  { method: "GET", path: /^\/_sim\/days$/, answer: ({ pbx }) => json(pbx.history.days()) },
  { method: "GET", path: /^\/_sim\/calls$/, answer: ({ pbx }) => json(pbx.phones.calls) },
  {
    method: "GET",
    path: /^\/simulator\/truth$/,
    answer: ({ pbx }, { search }) => {
      const truth = truthOfDay(pbx.history, search.get("day") ?? "");
      return truth
        ? json(truth)
        : refusal(400, "`day` must be a date, for example /simulator/truth?day=2026-11-23");
    },
  },
  {
    method: "GET",
    path: /^\/simulator\/phones$/,
    answer: ({ pbx }) => json(pbx.phones.rules.told()),
  },
  {
    method: "PUT",
    path: /^\/simulator\/phones\/(\d+)$/,
    answer: ({ pbx: { phones } }, { field }, [, phone = ""]) => {
      const act = field("act");
      if (!isPhoneAct(act))
        return refusal(
          400,
          `\`act\` must be one of ${phoneActs.join(", ")}; send JSON, for example {"act":"busy"}`,
        );
      phones.rules.tell(phone, act);
      return json(phones.rules.told());
    },
  },
  {
    method: "DELETE",
    path: /^\/simulator\/phones\/(\d+)$/,
    answer: ({ pbx: { phones } }, _asked, [, phone = ""]) => {
      phones.rules.forget(phone);
      return json(phones.rules.told());
    },
  },
  {
    method: "PUT",
    path: /^\/simulator\/calls$/,
    answer: ({ pbx: { phones } }, { field }) => {
      const [extension, to] = [field("extension"), field("to")];
      if (typeof extension !== "string" || typeof to !== "string" || extension === "" || to === "")
        return refusal(400, `send JSON, for example {"extension":"108","to":"16144841500"}`);
      const given = { callerid: "", account: "", variable: "", timeout: 30_000 };
      void phones.originate({ channel: `Local/${extension}@users`, exten: to, context: "users", ...given });
      return json(phones.calls.at(-1));
    },
  },
  {
    method: "PUT",
    path: /^\/simulator\/missed$/,
    answer: ({ pbx }, { field }) => {
      const from = field("from") ?? "+393331234567";
      const seconds = Number(field("seconds") ?? 25);
      const queue = queues.find(({ id, name }) => [id, name].includes(String(field("queue") ?? "Sales")));
      if (typeof from !== "string" || queue === undefined || !(seconds >= 1 && seconds <= 3600))
        return refusal(
          400,
          `send JSON, for example {"from":"+393331234567","queue":"Sales","seconds":25}; the queues are ${queues.map(({ name }) => name).join(", ")}`,
        );
      const played = missedInQueue({
        from,
        queue,
        members: colleagues.filter(({ extension }) => queue.members.includes(extension)),
        trunk: trunks[0] ?? "",
        seconds: Math.floor(seconds),
        at: pbx.history.options.now(),
        nextChannel: pbx.history.nextChannel,
      });
      pbx.history.add(played);
      void pbx.webhooks.over(played.truth).catch(() => undefined);
      return json(played.truth);
    },
  },
  {
    method: "GET",
    path: /^\/simulator\/events$/,
    answer: ({ pbx: { webhooks } }, { search }) =>
      json(search.get("as") === "sqs" ? webhooks.asSqs() : webhooks.sent),
  },
  {
    method: "PUT",
    path: /^\/simulator\/webhook$/,
    answer: ({ pbx: { webhooks } }, { field }) => {
      const [url, secret] = [field("url"), field("secret") ?? webhookDefaults.secret];
      if (typeof url !== "string" || !URL.canParse(url) || typeof secret !== "string")
        return refusal(400, `send JSON, for example {"url":"http://127.0.0.1:3000/webhooks/default"}`);
      webhooks.target = { url, secret };
      return json({ url });
    },
  },
  {
    method: "DELETE",
    path: /^\/simulator\/webhook$/,
    answer: ({ pbx: { webhooks } }) => {
      webhooks.target = undefined;
      return json({});
    },
  },
  { method: "GET", path: /^\/simulator\/faults$/, answer: ({ pbx }) => json(pbx.faults.names()) },
  {
    method: "PUT",
    path: /^\/simulator\/faults$/,
    answer: async ({ pbx, setFault }, { field }) => {
      const [fault, value] = [String(field("fault") ?? ""), String(field("value") ?? "")];
      const [name = ""] = fault.split(/[=*@]/);
      if (startOnly.has(name))
        return refusal(400, `the fault "${name}" can only be set when the simulator starts`);
      try {
        await setFault(value === "" ? fault : `${fault}=${value}`);
      } catch (error) {
        if (error instanceof RangeError) return refusal(400, error.message);
        throw error;
      }
      return json(pbx.faults.names());
    },
  },
  {
    method: "DELETE",
    path: /^\/simulator\/faults(?:\/([\w-]+))?$/,
    answer: async ({ pbx, clearFault }, _asked, [, name]) => {
      if (name !== undefined && !isFault(name)) return refusal(404, `no fault is called "${name}"`);
      await clearFault(name);
      return json(pbx.faults.names());
    },
  },
  {
    method: "GET",
    path: /^\/simulator\/sounds\/([^/]+)$/,
    answer: ({ pbx }, _asked, [, name = ""]) => {
      const key = findSound(pbx, decodeURIComponent(name));
      const sound = key === undefined ? undefined : pbx.sounds.get(key);
      return sound ? { status: 200, type: "audio/wav", body: sound.wav } : refusal(404, "no such sound");
    },
  },
];

const replyTo = async (console: Console, request: IncomingMessage, nonce: string): Promise<Reply> => {
  const { pathname, searchParams } = new URL(request.url ?? "/", console.url());
  const matches = consoleRoutes.flatMap((route) => {
    const match = route.path.exec(pathname);
    return match ? [{ route, match }] : [];
  });
  if (matches.length === 0) return refusal(404, "no such page");
  const found = matches.find(({ route }) => route.method === request.method);
  if (!found) return refusal(405, matches.map(({ route }) => route.method).join(" or "));
  const body = request.method === "PUT" ? await bodyOf(request) : undefined;
  const field = (name: string): unknown =>
    typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  try {
    return await found.route.answer(console, { search: searchParams, nonce, field }, found.match);
  } catch (error) {
    if (error instanceof URIError) return refusal(400, "the path cannot be decoded");
    throw error;
  }
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
};
