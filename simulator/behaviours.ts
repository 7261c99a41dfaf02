import type { Mark } from "./faults.ts";

/** Behaviour of the simulator beside its routes, and how sure it is that a PBX behaves like this. */
export const behaviours: readonly { readonly does: string; readonly mark: Mark }[] = [
  {
    does: "S2S: the canonical text is computed again from the received method, path, signed headers, query and body, and its hash is compared",
    mark: "documented",
  },
  { does: "S2S: Host (without a port) and X-APP-ID must be signed", mark: "documented" },
  { does: "S2S: a token is refused after `exp` and before `iat`, without tolerance", mark: "invented" },
  { does: "S2S: `iss` must be the application's name", mark: "invented" },
  { does: "an application works only on the PBX on which it was created", mark: "measured" },
  { does: "a refused request gets a 401 with type error, reason and code", mark: "measured" },
  { does: "the text of `reason`", mark: "invented" },
  { does: "an unknown route or object gets a 404 with type error, reason and code", mark: "measured" },
  {
    does: "routes are accepted in upper and lower case, with and without a slash at the end",
    mark: "measured",
  },
  { does: "bodies are accepted as form and as JSON", mark: "documented" },
  {
    does: "call history: the defaults are start 0, count 100, sort start, dir DESC",
    mark: "documented",
  },
  {
    does: "call history: fields, search, searchFields, filter[field] and filter[field][from|to] on any field",
    mark: "documented",
  },
  { does: "call history: ranges include both ends", mark: "invented" },
  { does: "call history: dates as DD/MM/YYYY HH:MM", mark: "documented" },
  { does: "call history: in DD/MM/YYYY the day comes first", mark: "invented" },
  { does: "call history: dates as YYYY-MM-DD HH:MM:SS", mark: "measured" },
  { does: "call history: an unreadable date filters nothing", mark: "invented" },
  { does: "call history: total counts all matches, not the page", mark: "documented" },
  {
    does: "a row's values are text; its times are the PBX's local time, and timezone has their offset",
    mark: "measured",
  },
  { does: "a voicemail has disposition ANSWERED, lastapp VoiceMail and no answer time", mark: "measured" },
  { does: "a call has one row for each leg; the rows appear when the call has ended", mark: "invented" },
  {
    does: "originate rings the channel, and dials exten in context when the channel is answered",
    mark: "documented",
  },
  { does: "originate without a channel gets a 500", mark: "measured" },
  { does: "originate responds with Success and no id", mark: "measured" },
  {
    does: "originate with async responds immediately; without async it responds after the first phone is answered, or with 400 if the phone is not answered",
    mark: "invented",
  },
  {
    does: "the phone that rings first does not answer if its number ends in 9; the number that is dialled next is busy if it ends in 99; all others answer",
    mark: "invented",
  },
  { does: "a sound of the same name is overwritten", mark: "documented" },
  { does: "a sound is a real WAV file with one tone for each letter", mark: "invented" },
];
