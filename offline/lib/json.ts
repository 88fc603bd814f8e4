/** JSON that may be none. */

/** @returns undefined where the text is not JSON: the caller says what was expected */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
