import type { LegState } from "../calls.ts";
import { colleagues, queues } from "../people.ts";
import { type PhoneAct, phoneActs } from "../phone-rules.ts";
import type { Pbx } from "../routes.ts";
import { bdi, escapeHtml, options, table } from "./html.ts";

/** What each phone does now; undefined is idle. */
const statesOf = (pbx: Pbx): ((extension: string) => LegState | undefined) => {
  const legs = pbx.phones.calls.filter(({ over }) => !over).flatMap(({ first, second }) => [first, second]);
  return (extension) =>
    legs.findLast(({ number, state }) => number === extension && state !== "waiting")?.state;
};

/** Every phone of the company. */
export const phones = (pbx: Pbx): string => {
  const stateOf = statesOf(pbx);
  const told = pbx.phones.rules.told();
  const one = ({ extension, name }: (typeof colleagues)[number]): string => {
    const state = stateOf(extension);
    return `<div class="phone ${escapeHtml(state)}"><b>${escapeHtml(extension)}</b><br>${bdi(name)}<br><span class="state">${escapeHtml(state ?? "idle")}</span>${actChoice(extension, told[extension])}</div>`;
  };
  return `<div class="phones">${colleagues.map(one).join("")}</div>`;
};

/** What the phone does when it is rung. */
const actChoice = (extension: string, told: PhoneAct | undefined): string => {
  const acts = phoneActs.map((act) => [act, act.replaceAll("_", " ")] as const);
  return `<br><select data-phone="${escapeHtml(extension)}" aria-label="What ${escapeHtml(extension)} does">${options([["", "by number"], ...acts], told ?? "")}</select>`;
};

/** The switched-on faults; a click ends one. */
export const faults = (pbx: Pbx): string =>
  pbx.faults
    .names()
    .map((name) => {
      const [key = ""] = name.split("=");
      return `<button class="fault" data-fault="${escapeHtml(key)}" title="Switch it off">fault ${escapeHtml(name)} ×</button>`;
    })
    .join("");

export const queueTable = (pbx: Pbx): string => {
  const stateOf = statesOf(pbx);
  const nameOf = (extension: string) => colleagues.find((one) => one.extension === extension)?.name;
  return table(
    ["id", "name", "extension", "members"],
    queues.map(({ id, name, extension, members }) => [
      escapeHtml(id),
      bdi(name),
      escapeHtml(extension),
      `<div class="wide">${members
        .map(
          (member) =>
            `${escapeHtml(member)} ${bdi(nameOf(member))} <span class="state">${escapeHtml(stateOf(member) ?? "idle")}</span>`,
        )
        .join(" · ")}</div>`,
    ]),
  );
};
