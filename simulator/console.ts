import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { truthOfDay } from "./history/truth-json.ts";
import { fragment, page, type Seen } from "./page.ts";
import { isPhoneAct, phoneActs } from "./phone-rules.ts";
import type { Pbx } from "./routes.ts";

interface Console {
  readonly pbx: Pbx;
  readonly seen: readonly Seen[];
  readonly url: () => string;
}

interface Reply {
  readonly status: number;
  readonly type: "text/html" | "text/plain" | "application/json";
  readonly body: string;
}

/** The page, the truth and the phones' behaviour: apart from the API, without authentication, loopback only. */
export const answerConsole = async (
  console: Console,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const nonce = randomBytes(12).toString("base64");
  const { status, type, body } = await replyTo(console, request, nonce);
  response.writeHead(status, {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Security-Policy": `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
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

const replyTo = async (
  { pbx, seen, url }: Console,
  request: IncomingMessage,
  nonce: string,
): Promise<Reply> => {
  const { pathname, searchParams } = new URL(request.url ?? "/", url());
  if (pathname === "/") return html(page(pbx, seen, url(), nonce));
  if (pathname === "/_sim/fragment") return html(fragment(pbx, seen));
  if (pathname === "/_sim/days") return json(pbx.history.days());
  if (pathname === "/_sim/calls") return json(pbx.phones.calls);
  if (pathname === "/simulator/truth") {
    const truth = truthOfDay(pbx.history, searchParams.get("day") ?? "");
    return truth
      ? json(truth)
      : refusal(400, "`day` must be a date, for example /simulator/truth?day=2026-11-23");
  }
  if (pathname === "/simulator/phones" && request.method === "GET") return json(pbx.phones.rules.told());
  const phone = /^\/simulator\/phones\/(\d+)$/.exec(pathname)?.[1];
  if (phone !== undefined) return changePhone(pbx, request, phone);
  return refusal(404, "no such page");
};

/** `PUT {"act": "busy"}` tells a phone what to do, DELETE lets it go by its number again. No page elsewhere can send either. */
const changePhone = async (pbx: Pbx, request: IncomingMessage, phone: string): Promise<Reply> => {
  const { rules } = pbx.phones;
  if (request.method === "DELETE") rules.forget(phone);
  else if (request.method === "PUT") {
    const act = await actOf(request);
    if (!isPhoneAct(act))
      return refusal(
        400,
        `\`act\` must be one of ${phoneActs.join(", ")}; send JSON, for example {"act":"busy"}`,
      );
    rules.tell(phone, act);
  } else return refusal(405, "PUT or DELETE");
  return json(rules.told());
};

const actOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && "act" in body ? body.act : undefined;
  } catch {
    return undefined;
  }
};
