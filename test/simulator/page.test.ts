import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { type Simulator, startSimulator } from "../../simulator/server.ts";
import { startBrowser } from "../support/browser.ts";
import { clientOf } from "../support/pbx.ts";

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

/** Milliseconds after which something hangs; a busy machine is only slow. */
const hang = 120_000;

interface Opened {
  readonly pbx: Simulator;
  readonly page: Page;
  /** Ends the present phase of a call: a phone is picked up, or the two stop talking. */
  readonly nextPhase: () => void;
  /** What the page asked for, dialogs that it opened, and what its console said. */
  readonly asked: string[];
  readonly said: string[];
}

const open = async (context: TestContext, options: BrowserContextOptions = {}): Promise<Opened> => {
  if (browser === undefined) return context.skip("no browser on this platform");
  // a phase lasts until the test has seen it, however slow the machine is
  const phases: (() => void)[] = [];
  const pbx = await startSimulator({
    days: 5,
    calls: 40,
    sleep: () => new Promise((resolve) => phases.push(() => resolve(undefined))),
  });
  onTestFinished(pbx.close);
  const window = await browser.newContext(options);
  onTestFinished(() => window.close());
  const page = await window.newPage();
  page.setDefaultTimeout(hang);
  const [asked, said]: [string[], string[]] = [[], []];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("dialog", (dialog) => {
    said.push("a dialog");
    return dialog.dismiss();
  });
  await page.goto(pbx.url);
  return { pbx, page, nextPhase: () => phases.shift()?.(), asked, said };
};

const section = (page: Page, title: string) =>
  page.locator("section").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

describe("the page in a browser", { timeout: 2 * hang }, () => {
  it("shows a phone ring, the legs change, the requests, and the history when the call is over", async (context) => {
    const { pbx, page, nextPhase, said } = await open(context);
    await page.getByText("no call was placed yet").waitFor();
    const client = clientOf(pbx.url);
    const placed = client.originate({ channel: "Local/108@users", exten: "16144841500", context: "users" });
    await page.locator(".phone.ringing", { hasText: "108" }).waitFor();
    await page.locator(".leg.ringing", { hasText: "108" }).waitFor();
    expect(await page.locator(".leg", { hasText: "16144841500" }).textContent()).toContain("waiting");
    nextPhase();
    await placed;
    await page.locator(".phone.talking", { hasText: "108" }).waitFor();
    await page.locator(".leg.ringing", { hasText: "16144841500" }).waitFor();
    nextPhase();
    await page.locator(".leg.talking", { hasText: "16144841500" }).waitFor();
    nextPhase();
    const row = section(page, "Call history").locator("tr", { hasText: "16144841500" });
    await row.filter({ hasText: "108" }).first().waitFor();
    expect(await row.first().textContent()).toContain("ANSWERED");
    expect(await page.locator(".phone.ringing, .phone.talking").count()).toBe(0);
    const request = section(page, "Last requests").locator("tr", { hasText: "POST /api/v1/Originate/" });
    expect(await request.textContent()).toContain("200");
    expect(said).toEqual([]);
  });

  it("shows names as text, whatever they are called, and runs nothing of them", async (context) => {
    const { pbx, page, asked, said } = await open(context);
    const name = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
    const { history } = pbx.pbx;
    const last = history.latest(1)[0];
    history.insert({ start: last?.start ?? "", from_name: name, to_name: name, disposition: name });
    const client = clientOf(pbx.url);
    await client.request("POST", "/api/v1/Originate/", {
      body: {
        channel: `Local/${name}@users`,
        exten: name,
        callerid: `"${name}" <1>`,
        context: name,
        async: "true",
      },
    });
    await client.sounds.create({ filename: "evil", text: name, voice: name });
    await client.request("GET", "/api/v1/PBX/CallHistory/", { params: { search: name, count: 1 } });
    await section(page, "Calls").getByText(name).first().waitFor();
    for (const title of ["Calls", "Last requests", "Call history", "Sounds"])
      expect(await section(page, title).textContent(), title).toContain(name);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("main script").count()).toBe(0);
    expect(said).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(pbx.url) && !url.startsWith("data:"))).toEqual([]);
  });

  it("would run no script of a name even unescaped, and reaches nobody else", async (context) => {
    const { page, said } = await open(context);
    await page.evaluate(
      `document.querySelector("h1").insertAdjacentHTML("beforeend", '<img src="x" onerror="alert(1)">')`,
    );
    const reached = await page.evaluate(() =>
      fetch("http://127.0.0.1:9/").then(
        () => "reached",
        () => "refused",
      ),
    );
    expect([reached, said.includes("a dialog")]).toEqual(["refused", false]);
    expect(said.join()).toContain("Content Security Policy");
  });

  it("shows how a request was refused, and no token that stood in its address", async (context) => {
    const { pbx, page } = await open(context);
    await fetch(`${pbx.url}/api/v1/PBX/ping/?token=wrong-${simulatorDefaults.token}`);
    const refused = section(page, "Last requests").locator("tr", { hasText: "Unknown token" });
    await refused.waitFor();
    expect(await refused.textContent()).toMatch(/401.*GET \/api\/v1\/PBX\/ping\/\?token=…$/);
  });

  it("leaves alone what did not change, and keeps the list of marks open", async (context) => {
    const { page } = await open(context);
    await page.getByText("What a real PBX does").click();
    // the first answer is shown in any case
    await page.waitForResponse(/fragment/);
    await page.waitForResponse(/fragment/);
    await page.evaluate(`document.querySelector("section").id = "same"`);
    await page.waitForResponse(/fragment/);
    await page.waitForResponse(/fragment/);
    expect(await page.locator("#same").count()).toBe(1);
    expect(await page.locator("details").getByText("documented").first().isVisible()).toBe(true);
  });

  it("tells a phone what to do when it is rung", async (context) => {
    const { pbx, page, said } = await open(context);
    const choice = page.locator("select[data-phone='102']");
    await choice.selectOption("voicemail");
    const { rules } = pbx.pbx.phones;
    await expect.poll(() => rules.told()).toEqual({ "102": "voicemail" });
    rules.tell("102", "busy");
    await page
      .locator("select[data-phone='102'] option[value=busy][selected]")
      .waitFor({ state: "attached" });
    await choice.selectOption("");
    await expect.poll(() => rules.told()).toEqual({});
    expect(said).toEqual([]);
  });
  it("places a call, and keeps typed text", async (context) => {
    const { pbx, page, said } = await open(context);
    await page.getByLabel("from").selectOption("108");
    await page.getByLabel("to", { exact: true }).fill("109");
    await page.getByRole("button", { name: "Place a call" }).click();
    await page.locator(".phone.ringing", { hasText: "108" }).waitFor();
    expect(pbx.pbx.phones.calls[0]).toMatchObject({ first: { number: "108" }, second: { number: "109" } });
    // typed text stays while the rest of the page changes
    expect(await page.getByLabel("to", { exact: true }).inputValue()).toBe("109");
    expect(said).toEqual([]);
  });

  it("switches a fault on and off, and says what is wrong with its value", async (context) => {
    const { pbx, page, said } = await open(context);
    const { faults } = pbx.pbx;
    await page.getByLabel("fault").selectOption("status");
    await page.getByLabel("value").fill("200");
    const on = page.getByRole("button", { name: "Switch on" });
    await on.click();
    await page.getByRole("status").getByText('the fault "status" takes a whole number').waitFor();
    expect(faults.names()).toEqual([]);
    await page.getByLabel("value").fill("503");
    await on.click();
    await page.getByRole("button", { name: "fault status=503" }).click();
    await expect.poll(() => faults.names()).toEqual([]);
    expect(await page.getByLabel("fault").locator("option[value=connect-refused]").count()).toBe(0);
    expect(said.filter((text) => !text.includes("400 (Bad Request)"))).toEqual([]);
  });

  it.for([1280, 390])("sends events of a call that it misses, %i px wide", async (width, context) => {
    const { pbx, page, said } = await open(context, { viewport: { width, height: 900 } });
    const got: { readonly path: string | undefined; readonly signature: unknown; readonly body: string }[] =
      [];
    const receiver = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        got.push({ path: request.url, signature: request.headers["x-signature"], body });
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void receiver.close());
    const { port } = receiver.address() as AddressInfo;
    await page
      .locator("form[data-put='/simulator/webhook'] [name=url]")
      .fill(`http://127.0.0.1:${port}/webhooks/milan`);
    await page.locator("form[data-put='/simulator/webhook'] [name=secret]").fill("typed-secret");
    await page.getByRole("button", { name: "Send events there" }).click();
    await page.locator("form[data-put='/simulator/missed'] [name=from]").fill("+393337654321");
    await page.locator("form[data-put='/simulator/missed'] [name=queue]").selectOption("Sales");
    await page.getByRole("button", { name: "Miss a call" }).click();
    await section(page, "Call history").locator("tr", { hasText: "3337654321" }).first().waitFor();
    await expect.poll(() => got.length).toBeGreaterThan(0);
    for (const { path, signature, body } of got) {
      expect(path).toBe("/webhooks/milan");
      expect(signature).toBe(createHmac("sha256", "typed-secret").update(body).digest("hex"));
    }
    expect(got.at(-1)?.body).toContain("3337654321");
    // each field is wide enough to be used, and none is outside the window
    const fields = page.locator("aside").locator("input, select, button");
    const boxes = await fields.evaluateAll((all) =>
      all
        .map((one) => one.getBoundingClientRect())
        .map(({ left, right, width: wide }) => ({ left, right, wide })),
    );
    expect(boxes.length).toBe(12);
    expect(boxes.filter(({ left, right, wide }) => left < 0 || right > width || wide < 40)).toEqual([]);
    expect([said, pbx.pbx.faults.names()]).toEqual([[], []]);
  });

  it("says why a webhook or a missed call cannot be", async (context) => {
    const { page, said } = await open(context);
    await page.locator("form[data-put='/simulator/webhook'] [name=url]").fill("not an address");
    await page.getByRole("button", { name: "Send events there" }).click();
    await page.getByRole("status").getByText("url").waitFor();
    expect(said.filter((text) => !text.includes("400 (Bad Request)"))).toEqual([]);
  });

  it("plays a sound", async (context) => {
    const { pbx, page, said } = await open(context);
    await clientOf(pbx.url).sounds.create({ filename: "hi there", text: "Hello", voice: "x" });
    const heard = page.waitForResponse(/\/simulator\/sounds\//);
    await page.getByRole("button", { name: "Play" }).click();
    const sound = await heard;
    expect([sound.status(), sound.headers()["content-type"]]).toEqual([200, "audio/wav"]);
    expect(said).toEqual([]);
  });

  it("names its one time zone, and shows queues", async (context) => {
    const { pbx, page } = await open(context);
    expect(await page.locator("h1").textContent()).toContain(`times in ${simulatorDefaults.zone}`);
    await clientOf(pbx.url).callQueues.list();
    const shown = await section(page, "Last requests").locator("tr", { hasText: "CallQueues" }).textContent();
    const zoned = new Intl.DateTimeFormat("en-GB", { timeZone: simulatorDefaults.zone, timeStyle: "medium" });
    const at = pbx.seen.at(-1)?.at ?? 0;
    expect(shown).toContain(zoned.format(at));
    expect(await section(page, "Queues").textContent()).toContain("Büro & Empfang");
  });

  it.each([1280, 390])("cuts no name, and scrolls within its parts, %i px wide", async (width) => {
    if (browser === undefined) return;
    const pbx = await startSimulator({ days: 5, calls: 40 });
    onTestFinished(pbx.close);
    const window = await browser.newContext({ viewport: { width, height: 900 } });
    onTestFinished(() => window.close());
    const page = await window.newPage();
    await page.goto(pbx.url);
    const cut = await page
      .locator(".phone")
      .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
    const hidden = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect([cut, hidden]).toEqual([0, 0]);
    // the shadow at the edge that hides more stays while the content moves
    const box = section(page, "Call history").locator(".scroll");
    expect(await box.evaluate((one) => one.scrollWidth > one.clientWidth)).toBe(width === 390);
    await box.focus();
    expect(await page.evaluate("getComputedStyle(document.activeElement).backgroundAttachment")).toBe(
      "local, local, scroll, scroll",
    );
  });

  it("says that the simulator has stopped", async (context) => {
    const { pbx, page } = await open(context);
    await pbx.close();
    await page.locator("body.gone").waitFor();
  });

  it("shows the moment without script, too, and in the dark", async (context) => {
    const { page } = await open(context, { javaScriptEnabled: false, colorScheme: "dark" });
    expect(await page.locator(".phone").count()).toBe(16);
    expect(await section(page, "Call history").locator("tr").count()).toBe(11);
    expect(await section(page, "Queues").locator("tr").count()).toBe(4);
  });

  it("is looked at by a browser that has no way out", async (context) => {
    const { page } = await open(context);
    await expect(page.goto("http://192.0.2.1/")).rejects.toThrow("ERR_PROXY_CONNECTION_FAILED");
  });
});
