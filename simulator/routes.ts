import type { Phones } from "./calls.ts";
import type { Faults, Mark } from "./faults.ts";
import type { History } from "./history/history.ts";
import { fieldsOf, pick, queryHistory, wholeNumber } from "./history/query.ts";
import { colleagues, queues } from "./people.ts";
import type { ReadRequest } from "./php-wire.ts";
import { type Sound, speak } from "./sounds.ts";
import type { Webhooks } from "./webhooks.ts";

/** The parts of the PBX that the routes use. */
export interface Pbx {
  readonly history: History;
  readonly phones: Phones;
  readonly sounds: Map<string, Sound>;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly version: () => string;
}

export interface Answer {
  readonly status: number;
  /** JSON, unless it is bytes. */
  readonly body: unknown;
  readonly bytes?: Buffer;
}

export interface Route {
  readonly method: string;
  /** Lower case, without the trailing slash: routes take either (measured). */
  readonly path: RegExp;
  readonly name: string;
  readonly mark: Mark;
  readonly answer: (pbx: Pbx, request: ReadRequest, match: RegExpExecArray) => Answer | Promise<Answer>;
}

const result = (value: unknown): Answer => ({ status: 200, body: { type: "result", result: value } });
export const failure = (status: number, reason: string): Answer => ({
  status,
  body: { type: "error", reason, code: status },
});
export const notFound = (): Answer => failure(404, "404 Not Found");

const history = (pbx: Pbx, request: ReadRequest): Answer =>
  result(queryHistory(pbx.history, request.query, pbx.faults));

const originate = async (pbx: Pbx, { body }: ReadRequest): Promise<Answer> => {
  const channel = body.text("channel");
  // measured: an empty body is answered with 500
  if (channel === undefined || channel === "") return failure(500, "Missing parameter channel");
  const form = {
    channel,
    exten: body.text("exten") ?? "",
    context: body.text("context") ?? "users",
    callerid: body.text("callerid") ?? "",
    account: body.text("account") ?? "",
    variable: body.text("variable") ?? "",
    timeout: Number(body.text("timeout") ?? 30_000),
  };
  const answered = pbx.phones.originate(form);
  if (/^(1|true)$/.test(body.text("async") ?? "")) return result("Success");
  return (await answered) ? result("Success") : failure(400, "Originate failed");
};

const soundKey = (directory: string, filename: string): string =>
  directory === "" ? filename : `${directory.replace(/^\/+|\/+$/g, "")}/${filename}`;
const decoded = (text: string | undefined): string => decodeURIComponent(text ?? "");

const listSounds = (pbx: Pbx, { query }: ReadRequest): Answer => {
  if (pbx.faults.on("sounds-list-404") !== undefined) return notFound();
  const directory = (query.text("directory") ?? "").replace(/^\/+|\/+$/g, "");
  const inside = [...pbx.sounds.values()].filter((sound) => sound.directory === directory);
  const folders = [
    ...new Set(
      [...pbx.sounds.values()]
        .map((sound) => sound.directory)
        .filter((name) => name !== "" && directory === ""),
    ),
  ];
  return result({
    records: [
      ...folders.map((name) => ({ name, path: name, isDir: true })),
      ...inside.map((sound) => ({
        name: `${sound.filename}.wav`,
        path: `${soundKey(directory, sound.filename)}.wav`,
        isDir: false,
      })),
    ],
  });
};

const createSound = (pbx: Pbx, { body }: ReadRequest): Answer => {
  const [filename, text, voice] = [
    body.text("filename") ?? "",
    body.text("text") ?? "",
    body.text("voice") ?? "",
  ];
  if (filename === "" || text === "") return failure(400, "Missing parameter filename or text");
  const directory = (body.text("directory") ?? "").replace(/^\/+|\/+$/g, "");
  pbx.sounds.set(soundKey(directory, filename), { directory, filename, text, voice, wav: speak(text) });
  return result("Success");
};

export const findSound = (pbx: Pbx, path: string): string | undefined =>
  [path, path.replace(/\.wav$/i, "")].find((key) => pbx.sounds.has(key));

/** `filter[email][]=…` or `filter[email]=…`, likewise for each field; with the paging that every list has. */
const listColleagues = (_pbx: Pbx, { query }: ReadRequest): Answer => {
  const filters = (query.map("filter")?.pairs ?? []).map(([field, wanted]) => ({
    field,
    wanted: typeof wanted === "string" ? [wanted] : wanted.pairs.map(([, value]) => String(value)),
  }));
  const found = colleagues
    .map((colleague): Record<string, string> => ({ ...colleague }))
    .filter((colleague) => filters.every(({ field, wanted }) => wanted.includes(colleague[field] ?? "")));
  const offset = wholeNumber(query.text("start"), 0);
  const page = found.slice(offset, offset + wholeNumber(query.text("count"), 100));
  const fields = fieldsOf(query);
  return result({ records: fields ? page.map((row) => pick(row, fields)) : page, total: found.length });
};

export const routes: readonly Route[] = [
  {
    method: "GET",
    path: /^\/api\/v1\/pbx\/ping$/,
    name: "ping",
    mark: "measured",
    answer: () => result("pong"),
  },
  {
    method: "GET",
    path: /^\/api\/v1\/pbx\/version$/,
    name: "version",
    mark: "measured",
    answer: (pbx) => result({ version: pbx.version() }),
  },
  {
    method: "GET",
    path: /^\/api\/v1\/pbx\/settings\/callqueues$/,
    name: "call queues",
    mark: "documented",
    answer: () =>
      result({
        records: queues.map(({ id, name }) => ({ id, name, description: "" })),
        total: queues.length,
      }),
  },
  {
    method: "GET",
    path: /^\/api\/v1\/pbx\/settings\/callqueues\/([^/]+)$/,
    name: "one call queue",
    mark: "measured",
    answer: (_pbx, _request, match) => {
      const queue = queues.find(({ id }) => id === decoded(match[1]));
      if (!queue) return notFound();
      return result({
        id: queue.id,
        name: queue.name,
        members: queue.members.map((extension) => ({ stateInterface: `SIP/${extension}`, paused: "0" })),
      });
    },
  },
  {
    method: "GET",
    path: /^\/api\/v1\/(?:pbx\/)?callhistory$/,
    name: "call history",
    mark: "documented",
    answer: history,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/callhistory\/(\d+)$/,
    name: "one call record",
    mark: "measured",
    answer: (pbx, _request, match) => {
      const id = Number(match[1]);
      const [position] = pbx.history.positions(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, id, id);
      return position ? result(position.row()) : notFound();
    },
  },
  {
    method: "GET",
    path: /^\/api\/v1\/(?:pbx\/)?colleagues$/,
    name: "colleagues",
    mark: "measured",
    answer: listColleagues,
  },
  {
    method: "POST",
    path: /^\/api\/v1\/originate$/,
    name: "originate",
    mark: "documented",
    answer: originate,
  },
  { method: "GET", path: /^\/api\/v1\/sounds$/, name: "list sounds", mark: "measured", answer: listSounds },
  {
    method: "POST",
    path: /^\/api\/v1\/sounds$/,
    name: "make a sound from text",
    mark: "documented",
    answer: createSound,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/sounds\/(.+)$/,
    name: "a sound's WAV",
    mark: "invented",
    answer: (pbx, _request, match) => {
      const key = findSound(pbx, decoded(match[1]));
      const sound = key === undefined ? undefined : pbx.sounds.get(key);
      return sound ? { status: 200, body: undefined, bytes: sound.wav } : notFound();
    },
  },
  {
    method: "DELETE",
    path: /^\/api\/v1\/sounds\/(.+)$/,
    name: "delete a sound",
    mark: "measured",
    answer: (pbx, _request, match) => {
      const key = findSound(pbx, decoded(match[1]));
      if (key === undefined) return notFound();
      pbx.sounds.delete(key);
      return result("Success");
    },
  },
];
