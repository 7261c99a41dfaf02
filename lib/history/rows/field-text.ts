/** A field as text. Some PBXs return numbers where others return digits. */
export const fieldText = (value: unknown): string => {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : "";
};
