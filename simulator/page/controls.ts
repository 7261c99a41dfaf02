import { type FaultName, faultDocs, startOnly } from "../faults.ts";
import { colleagues } from "../people.ts";
import { escapeHtml, options, section } from "./html.ts";

/** What a person can do on the page. It is not replaced while the page is open, so that typed text stays. */
export const controls = (): string =>
  section("Try it", `${callForm()}${faultForm()}<output role="status"></output>`);

const callForm = (): string =>
  `<form data-put="/simulator/calls"><label>from<select name="extension">${options(
    colleagues.map(({ extension, name }) => [extension, `${extension} ${name}`]),
  )}</select></label><label>to<input name="to" required value="16144841500" size="16" inputmode="tel"></label><button>Place a call</button></form>`;

const faultForm = (): string =>
  `<form data-put="/simulator/faults"><label>fault<select name="fault">${options(
    Object.keys(faultDocs)
      .filter((name) => !startOnly.has(name))
      .map((name) => [name, label(name as FaultName)]),
  )}</select></label><label>value<input name="value" size="6" inputmode="numeric" placeholder="default"></label><button>Switch on</button></form>`;

const label = (name: FaultName): string => {
  const doc = faultDocs[name];
  return "value" in doc ? `${name} (${escapeHtml(doc.value)})` : name;
};
