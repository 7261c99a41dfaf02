import { type FaultName, faultDocs, startOnly } from "../faults.ts";
import { colleagues, queues } from "../people.ts";
import { webhookDefaults } from "../webhooks.ts";
import { escapeHtml, options, section } from "./html.ts";

/** What a person can do on the page. It is not replaced while the page is open, so that typed text stays. */
export const controls = (): string =>
  section(
    "Try it",
    `${callForm()}${missedForm()}${webhookForm()}${faultForm()}<output role="status"></output>`,
  );

const callForm = (): string =>
  `<form data-put="/simulator/calls"><label>from<select name="extension">${options(
    colleagues.map(({ extension, name }) => [extension, `${extension} ${name}`]),
  )}</select></label><label>to<input name="to" required value="16144841500" size="16" inputmode="tel"></label><button>Place a call</button></form>`;

const missedForm = (): string =>
  `<form data-put="/simulator/missed"><label>caller<input name="from" required value="+393331234567" size="16" inputmode="tel"></label><label>queue<select name="queue">${options(
    queues.map(({ name }) => [name, name]),
  )}</select></label><button>Miss a call</button></form>`;

const webhookForm = (): string =>
  `<form data-put="/simulator/webhook"><label>webhook<input name="url" required value="http://127.0.0.1:18081/webhooks/default" size="34"></label><label>secret<input name="secret" required value="${escapeHtml(webhookDefaults.secret)}" size="16"></label><button>Send events there</button></form>`;

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
