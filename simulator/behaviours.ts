import type { Mark } from "./faults.ts";

/** What the simulator does beside its routes, and how sure it is that a PBX does so too. */
export const behaviours: readonly { readonly does: string; readonly mark: Mark }[] = [
  {
    does: "S2S: the signed text is made anew from the method, path, signed headers, query and body that arrived, and its hash compared",
    mark: "documented",
  },
  { does: "S2S: Host (without a port) and X-APP-ID have to be signed", mark: "documented" },
  { does: "S2S: a token is refused after `exp`, and before `iat` without any tolerance", mark: "invented" },
  { does: "S2S: `iss` has to be the application's name", mark: "invented" },
  { does: "an application is good on the PBX that it was made on alone", mark: "measured" },
  { does: "a refusal is a 401 with type error, reason and code", mark: "measured" },
  { does: "the words of `reason`", mark: "invented" },
  { does: "an unknown route or object is a 404 with type error, reason and code", mark: "measured" },
  { does: "routes are taken in any case, with a slash at the end or without", mark: "measured" },
  { does: "bodies are taken as form and as JSON", mark: "documented" },
  {
    does: "call history: start 0, count 100, sort start, dir DESC unless asked otherwise",
    mark: "documented",
  },
  {
    does: "call history: fields, search, searchFields, filter[field] and filter[field][from|to] on any field",
    mark: "documented",
  },
  { does: "call history: the rows at both ends of a range belong to it", mark: "invented" },
  { does: "call history: dates as DD/MM/YYYY HH:MM", mark: "documented" },
  { does: "call history: of these the day comes first", mark: "invented" },
  { does: "call history: dates as YYYY-MM-DD HH:MM:SS", mark: "measured" },
  { does: "call history: a date that cannot be read filters nothing", mark: "invented" },
  { does: "call history: total counts all matches, not the page", mark: "documented" },
  {
    does: "a record's values are texts; its times are the PBX's own, their offset stands in timezone",
    mark: "measured",
  },
  { does: "a voicemail reads ANSWERED, with lastapp VoiceMail and no answer time", mark: "measured" },
  { does: "a call has a row for each leg, and they appear when it is over", mark: "invented" },
  {
    does: "originate rings the channel, and dials exten in context when that is answered",
    mark: "documented",
  },
  { does: "originate without a channel is a 500", mark: "measured" },
  { does: "originate answers Success and no id", mark: "measured" },
  {
    does: "originate with async answers at once, without when the first leg was picked up or not (400)",
    mark: "invented",
  },
  {
    does: "phones that end in 9 are not picked up, numbers that end in 99 are busy, all others answer",
    mark: "invented",
  },
  { does: "a sound of the same name is overwritten", mark: "documented" },
  { does: "sounds are tones, a letter each, in a real WAV file", mark: "invented" },
];
