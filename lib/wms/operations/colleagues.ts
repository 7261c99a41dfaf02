import { readRecords } from "../sending/answer.ts";
import type { RawResponse } from "../sending/raw-response.ts";
import type { WmsRequest } from "../types.ts";

export interface Colleague {
  /** Empty if the colleague has none. */
  readonly extension: string;
  readonly email: string;
  readonly name: string;
  /** Every field, unchanged. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Number of requested rows: more than one e-mail address has, and few if the PBX ignores the filter. */
export const colleaguesPage = 1000;

/** Source: public clients; the filter takes a list. */
export const colleaguesRequest = (email: string): WmsRequest => ({
  method: "GET",
  path: "/api/v1/PBX/Colleagues/",
  params: { count: colleaguesPage, filter: { email: [email] } },
});

/** All colleagues, from an offset on. */
export const colleagueListRequest = (start: number): WmsRequest => ({
  method: "GET",
  path: "/api/v1/PBX/Colleagues/",
  params: { start, count: colleaguesPage },
});

export const readColleagues = (response: RawResponse): Colleague[] =>
  readRecords(response).records.map((raw) => ({
    extension: String(raw["extension"] ?? ""),
    email: String(raw["email"] ?? ""),
    name: String(raw["name"] ?? ""),
    raw,
  }));
