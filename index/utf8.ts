/** Texts as UTF-8 and back, by what browsers, Node and Workers have alike and the language itself does not name. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
declare const TextDecoder: new (
  label: 'utf-8',
  options: { ignoreBOM: boolean; fatal: boolean },
) => { decode(bytes: ArrayBuffer | Uint8Array): string };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: false }); // a mark at the beginning of a word is a part of it

/** A lone surrogate becomes U+FFFD. */
export const toUtf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

export const fromUtf8 = (bytes: ArrayBuffer | Uint8Array): string => decoder.decode(bytes);
