import { compilePattern } from "../../digit-pattern.ts";
import { reachesEmergency } from "../../emergency.ts";
import { e164Reader, numberSet } from "../../phone-number.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";
import { fieldText, fieldWord, fromNumber, isHidden, numberText, toNumber } from "./field-text.ts";
import type { RowSettings } from "./row-settings.ts";

export type Direction = "inbound" | "outbound" | "internal" | "transit";

/** Who took part in a leg. */
export interface LegParties {
  /** By the extension pattern and own numbers, else by the phones of the channels. `transit`: neither caller nor called party is inside. */
  readonly direction: Direction | null;
  /** The extension that rang; otherwise the extension that called. */
  readonly extension: string | null;
  /** Name of the queue that rang the phones. */
  readonly queue: string | null;
  readonly trunk: string | null;
  /** The other side, with `+` and its calling code. */
  readonly other_e164: string | null;
  /** Start of the id of this product's call, if the PBX wrote it into the leg. */
  readonly placed_by: string | null;
}

/** A channel that takes the place of another has its name: `AsyncGoto/SIP/101-0000028a`. */
const replacing = /^(?:AsyncGoto|Bridge|Parked|Surrogate|Transferr?ed)\/(?=.*\/)/;

/**
 * The peer of a channel: `SIP/101-0000028a` is `101`, `Local/101@users-00000001;2` is `101`. For a line of ISDN, the number of the
 * other side follows: `DAHDI/i1/0212345678-2a` is `i1`. Empty if there is none.
 */
const peerOf = (channel: string): string => {
  const slash = channel.indexOf("/");
  if (slash < 0) return "";
  const at = channel.indexOf("@", slash);
  if (channel.startsWith("Local/") && at > 0) return channel.slice(slash + 1, at);
  const next = channel.indexOf("/", slash + 1);
  if (next > 0) return channel.slice(slash + 1, next);
  const end = usualEnd.test(channel) ? channel.length - 9 : channel.search(ofChannel);
  return channel.slice(slash + 1, end > slash ? end : undefined);
};
/** The end of most channels' names; it takes less time than all that a name can end with. */
export const usualEnd = /-[0-9a-f]{8}$/;
/** The number of a channel, which differs from the end of a peer's name, for example `backup-line`. */
const ofChannel = /-u?(?=[0-9a-f]*[0-9])[0-9a-f]+(?:;[12])?(?:<\w+>)?$/i;

/** The channel whose place this one takes, or this one. Nearly every channel has one slash. */
const ownChannel = (channel: string): string =>
  channel.indexOf("/") === channel.lastIndexOf("/") ? channel : channel.replace(replacing, "");

/** Whether a channel is that of the phone with an extension. */
export const isPhoneOf = (extension: string | null, channel: string): extension is string =>
  extension !== null && extension === peerOf(ownChannel(channel));

/** Answers that are kept. A PBX has fewer extensions and peers. */
const keptAnswers = 10_000;

/**
 * Returns a function that finds the parties of a leg. Peers of channels are extensions or trunks: the numbers of a leg are what
 * callers see, and can be those of another phone after a forward.
 */
export const partyFinder = (settings: RowSettings): ((record: CallRecord) => LegParties) => {
  const isExtension = extensionTest(settings);
  const isOwnNumber = numberSet(settings.ownNumbers ?? [], settings);
  const isOutside = shortNumberTest(settings);
  const e164 = e164Reader(settings);
  return (record) => {
    const from = fromNumber(record);
    const to = toNumber(record);
    const caller = ownChannel(fieldText(record["channel"]));
    const called = ownChannel(fieldText(record["dstchannel"]));
    const callerPeer = peerOf(caller);
    const calledPeer = peerOf(called);
    // zeros in place of a hidden number can match the pattern
    const looksOwn = isExtension(from) && (callerPeer === from || !isHidden(from));
    const lastdata = fieldText(record["lastdata"]);
    const looksInside = isExtension(to);
    // most peers are the numbers of their side, and to compare two texts takes less time than to look one up
    const isCaller = callerPeer === from ? looksOwn : isExtension(callerPeer);
    const isCalled = calledPeer === to ? looksInside : isExtension(calledPeer);
    const callerTrunk = trunkOf(callerPeer, caller, isCaller);
    const calledTrunk = trunkOf(calledPeer, called, isCalled);
    const leaves = (): boolean => calledTrunk !== null || dialledTrunk(lastdata) !== null;
    const isFrom = looksOwn && (callerTrunk === null || !isOutside(from));
    const isTo = looksInside && (isCalled || !leaves() || !isOutside(to));
    const isToInside = isTo || isOwnNumber(to) || (isFeatureCode(to) && !leaves());
    const placed_by = markOf(record);
    const numbers = from === "" && to === "" ? null : directionOf(isFrom || isOwnNumber(from), isToInside);
    const seen =
      numbers === "transit"
        ? byPhones(
            isCaller && !caller.startsWith("Local/"),
            isCalled || isOwnNumber(numberText(record["dst"])),
          )
        : numbers;
    // a call that was placed rings its caller first, and shows the number that is dialled then
    const direction = placed_by !== null && seen === "inbound" ? "outbound" : seen;
    return {
      direction,
      extension: isCalled ? calledPeer : isTo ? to : isCaller ? callerPeer : isFrom ? from : null,
      queue: fieldWord(record["lastapp"]) === "queue" ? queueOf(lastdata) : null,
      trunk: callerTrunk ?? calledTrunk,
      other_e164: seen === "internal" ? null : e164(seen === "outbound" ? to : from),
      placed_by,
    };
  };
};

const extensionTest = (settings: RowSettings): ((text: string) => boolean) => {
  const pattern = compilePattern(settings.extensionPattern ?? "\\d{2,6}");
  const answers = new Map<string, boolean>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    if (answers.size >= keptAnswers) answers.clear();
    const answer = text !== "" && (pattern?.(text) ?? false);
    answers.set(text, answer);
    return answer;
  };
};

/** Whether a number that looks like an extension can be outside: an emergency number, or one of the setting `short_numbers`. */
const shortNumberTest = ({
  shortNumbers,
  country,
  outsidePrefix,
}: RowSettings): ((text: string) => boolean) => {
  const short = new Set(shortNumbers);
  return (text) => short.has(text) || reachesEmergency(text, { country, outside_prefix: outsidePrefix });
};

/** `*97`, `#21`: a function of the PBX, unless a trunk carries it. */
const isFeatureCode = (number: string): boolean => number.startsWith("*") || number.startsWith("#");

/** The trunk that Dial names, with or without a channel, if it names only one: `SIP/<trunk>/<number>`, `PJSIP/<number>@<trunk>`. */
export const dialledTrunk = (lastdata: string): string | null => {
  const { trunk, host } = dialledOutside.exec(lastdata)?.groups ?? {};
  return trunk ?? host ?? null;
};
const dialledOutside =
  /^(?!Local\/)[^/&,@]+\/(?:(?<trunk>[^/&,@]+)\/[^/&,]+|[^/&,@]+@(?<host>[^/&,@]+))(?=,|$)/;

/** By the phones of a leg whose numbers are all outside: the caller dialled a DID, or the colleague shows another number. */
const byPhones = (isCaller: boolean, isCalled: boolean): Direction => {
  if (isCalled) return "inbound";
  return isCaller ? "outbound" : "transit";
};

/** By whether caller and called party are inside. */
const directionOf = (isFromOwn: boolean, isToOwn: boolean): Direction => {
  if (isFromOwn) return isToOwn ? "internal" : "outbound";
  return isToOwn ? "inbound" : "transit";
};

/** The mark of a call of this product: the first 20 characters of its id, which is a UUID. */
const markPattern = /^(?:WILDIX_CALL=)?([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab])$/;

const markOf = ({ userfield, accountcode }: CallRecord): string | null =>
  markIn(userfield) ?? markIn(accountcode) ?? null;

const markIn = (value: unknown): string | undefined =>
  typeof value === "string" && value.length >= 20 ? markPattern.exec(value)?.[1] : undefined;

/** The first argument of the application Queue. A name with a comma is between quotes. */
const queueOf = (lastdata: string): string | null => {
  const quoted = lastdata.startsWith('"') ? /^"([^"]*)"(?:,|$)/.exec(lastdata)?.[1] : undefined;
  const end = lastdata.indexOf(",");
  return (quoted ?? (end < 0 ? lastdata : lastdata.slice(0, end))) || null;
};

const trunkOf = (peer: string, channel: string, isExtension: boolean): string | null =>
  peer === "" || channel.startsWith("Local/") || isExtension ? null : peer;
