/**
 * A header field of a value and parameters, such as `form-data; name="frames"; filename="a.jpg"` (RFC 2183 §2, RFC 9110 §5.6.6).
 *
 * A quoted string may hold ";" and "=", and a quoted pair stands for its second character (RFC 2045 §5.1, RFC 822 §3.3). A search for
 * `name=` would find one inside a file's name.
 */

export interface HeaderValue {
  /** In front of the first parameter, lower-case. */
  value: string;
  /** By lower-case name. */
  parameters: ReadonlyMap<string, string>;
}

const VALUE = /^[\t ]*([^\t ;"]+)[\t ]*/;
/** One parameter; `;` alone is allowed by many and means nothing. */
const PARAMETER = /;[\t ]*(?:([^\t ;="]+)[\t ]*=[\t ]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^\t ;"]*)))?[\t ]*/y;

/** @returns undefined where the text is no such field, or has a parameter twice */
export function readHeader(text: string): HeaderValue | undefined {
  const found = VALUE.exec(text);
  if (!found) return undefined;
  const parameters = new Map<string, string>();
  let at = found[0].length;
  while (at < text.length) {
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(text);
    if (!parameter) return undefined;
    at = PARAMETER.lastIndex;
    const [, name, quoted, token] = parameter;
    if (name === undefined) continue;
    if (parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), quoted === undefined ? token : quoted.replace(/\\([\s\S])/g, '$1'));
  }
  return { value: found[1].toLowerCase(), parameters };
}
