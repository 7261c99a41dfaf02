export const escapeHtml = (text: unknown): string =>
  String(text ?? "").replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** A name in its own direction of writing. */
export const bdi = (name: unknown): string => `<bdi>${escapeHtml(name)}</bdi>`;

/** A part of the page; what is too wide for it scrolls, with a shadow at the edge that hides more. */
export const section = (title: string, body: string): string =>
  `<section><h2>${escapeHtml(title)}</h2><div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(title)}">${body}</div></section>`;

export const nothing = (text: string): string => `<span class="dim">${escapeHtml(text)}</span>`;

/** Cells are HTML. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</table>`;

/** The one that is selected has the value `chosen`. */
export const options = (
  choices: readonly (readonly [value: string, text: string])[],
  chosen?: string,
): string =>
  choices
    .map(
      ([value, text]) =>
        `<option value="${escapeHtml(value)}"${value === chosen ? " selected" : ""}>${escapeHtml(text)}</option>`,
    )
    .join("");
