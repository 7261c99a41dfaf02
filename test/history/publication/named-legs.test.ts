import { describe, expect, it } from "vitest";
import { NamedLegs } from "../../../lib/history/publication/named-legs.ts";

const call = (id: string, isOver = true) => ({ id, started: "", isOver });
const openOf = (named: NamedLegs): (readonly [string, string])[] =>
  [...named.open()].map(([leg, { id }]) => [leg, id]);

describe("the legs that calls name", () => {
  it("are taken once, by the call that names them", () => {
    const named = new NamedLegs();
    named.add(call("aa"), ["1", "2"]);
    expect([named.take("1", "aa"), named.take("1", "aa"), named.take("3", "aa")]).toEqual([
      "named",
      "twice",
      undefined,
    ]);
    expect([named.hasFound("1"), named.hasFound("2")]).toEqual([true, false]);
    expect(openOf(named)).toEqual([["2", "aa"]]);
    expect(named.shared).toBe(0);
  });
  it("are there, although the leg has the id of another call", () => {
    const named = new NamedLegs();
    named.add(call("aa"), ["1"]);
    expect(named.take("1", "bb")).toBe("of another call");
    expect(named.hasFound("1")).toBe(true);
    expect(openOf(named)).toEqual([]);
  });
  it.each([
    ["the first", "aa"],
    ["the second", "bb"],
  ])("are shared if two calls name one leg, which is of %s", (_which, own) => {
    const named = new NamedLegs();
    named.add(call("aa"), ["1"]);
    named.add(call("bb"), ["1"]);
    expect(named.shared).toBe(0);
    expect(named.take("1", own)).toBe("named");
    expect(named.shared).toBe(1);
    expect(openOf(named)).toEqual([]);
  });
  it.each([[["aa", "bb"]], [["bb", "aa"]]])("can be two legs with one id, in the order %j", (order) => {
    const named = new NamedLegs();
    named.add(call("aa"), ["1"]);
    named.add(call("bb"), ["1"]);
    expect(order.map((id) => named.take("1", id))).toEqual(["named", "named"]);
    expect(named.shared).toBe(0);
    expect(named.take("1", "bb")).toBe("twice");
  });
  it("can be named twice by one call that has two legs with one id", () => {
    const named = new NamedLegs();
    named.add(call("aa"), ["", "", ""]);
    expect(["aa", "aa"].map((id) => named.take("", id))).toEqual(["named", "named"]);
    expect(named.shared).toBe(1);
    expect([named.take("", "aa"), named.take("", "aa")]).toEqual(["named", "twice"]);
  });
  it("are taken by their ids alone if the legs have no calls", () => {
    const named = new NamedLegs();
    named.add(call("aa"), ["1", "2"]);
    expect([named.take("1", undefined), named.take("1", undefined)]).toEqual(["named", "named"]);
    expect(openOf(named)).toEqual([["2", "aa"]]);
  });
  it("have a rest of what was not found, also of further calls", () => {
    const named = new NamedLegs();
    named.add(call("aa"), ["1", "2"]);
    named.add(call("bb"), ["1", "2"]);
    named.take("1", "aa");
    const rest = named.rest();
    expect(openOf(rest)).toEqual([["2", "aa"]]);
    expect([rest.take("2", "bb"), rest.shared]).toEqual(["named", 1]);
  });
});
