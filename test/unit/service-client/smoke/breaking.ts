/** The ways in which an answer of the double is made wrong: its JSON, its status, its headers. */
import type { Moment, MomentsAnswer } from '../../../../offline/service-client/answers.ts';
import type { Asked, Breaking, Said } from './double.ts';

/** A check, what is wrong, and how it is made so. */
export type Fault = readonly [check: string, fault: string, breaking: Breaking];

// biome-ignore lint/suspicious/noExplicitAny: an answer's JSON, about to be made wrong
export type Json = any;

/** Change the JSON of answers to paths that match. */
export function json(path: RegExp, change: (body: Json, asked: Asked) => void): Breaking {
  return ({ status, headers, body }, asked) => {
    if (!path.test(asked.path) || status >= 300 || body.length === 0) return undefined;
    const value = JSON.parse(new TextDecoder().decode(body as Uint8Array));
    change(value, asked);
    return { status, headers, body: JSON.stringify(value) };
  };
}

export const MOMENTS = /\/moments$/;
/** Each moment of answers to requests whose body has a text in it. */
export const eachMoment = (change: (moment: Moment, i: number) => void, asking = ''): Breaking =>
  json(MOMENTS, ({ moments }: MomentsAnswer, asked) => {
    if (asked.body.includes(asking)) moments.forEach(change);
  });
export const answers = (path: RegExp, change: (said: Said, asked: Asked) => Partial<Said> | undefined): Breaking => {
  return (said, asked) => (path.test(asked.path) ? change(said, asked) : undefined);
};
export const status = (path: RegExp, code: number): Breaking => answers(path, () => ({ status: code }));
export const without = (path: RegExp, name: string): Breaking =>
  answers(path, ({ headers }) => {
    headers.delete(name);
    return undefined;
  });
export const withHeader = (path: RegExp, name: string, value: string): Breaking =>
  answers(path, ({ headers }) => {
    headers.set(name, value);
    return undefined;
  });
export const when = (isMeant: (asked: Asked, said: Said) => boolean, breaking: Breaking): Breaking => {
  return (said, asked) => (isMeant(asked, said) ? breaking(said, asked) : undefined);
};
