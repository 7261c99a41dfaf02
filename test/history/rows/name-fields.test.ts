import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { agentFields, agentSchema, queueFields, queueSchema } from "../../../lib/history/rows/name-fields.ts";

const isValid = (schema: object, row: object): boolean => new Ajv2020().validate(schema, row);

describe("the schema of a queue", () => {
  const queue = { id: "7", name: "Support", members: ["101", "102"] };
  it("is the documented one", () =>
    expect(queueSchema()).toEqual(JSON.parse(readFileSync("docs/queues-dataset.schema.json", "utf8"))));
  it("takes a queue, also one without members", () => {
    expect(isValid(queueSchema(), queue)).toBe(true);
    expect(isValid(queueSchema(), { ...queue, members: null })).toBe(true);
  });
  it.each([{ id: null }, { name: undefined }, { name: 7 }, { wait: 7 }])("refuses %j", (change) =>
    expect(isValid(queueSchema(), { ...queue, ...change })).toBe(false),
  );
  it("has the columns of the table", () => expect(Object.keys(queueFields)).toEqual(Object.keys(queue)));
});

describe("the schema of an agent", () => {
  const agent = { extension: "101", name: "Anna Rossi", department: "Sales", email: "anna@example.com" };
  it("is the documented one", () =>
    expect(agentSchema()).toEqual(JSON.parse(readFileSync("docs/agents-dataset.schema.json", "utf8"))));
  it("takes an agent, also one without department and e-mail address", () => {
    expect(isValid(agentSchema(), agent)).toBe(true);
    expect(isValid(agentSchema(), { ...agent, department: null, email: null })).toBe(true);
  });
  it.each([{ extension: null }, { name: undefined }, { email: 7 }, { phone: "7" }])("refuses %j", (change) =>
    expect(isValid(agentSchema(), { ...agent, ...change })).toBe(false),
  );
  it("has the columns of the table", () => expect(Object.keys(agentFields)).toEqual(Object.keys(agent)));
});
