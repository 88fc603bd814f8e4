/** How much is tried in each run of the tests, and from which seed; `npm run bench -- fuzz` tries more through CUEPOINT_FUZZ. */

export interface FuzzCases {
  seed: number;
  /** Requests and pictures inside workerd. */
  requests: number;
  images: number;
  /** Damaged files for each reader of a bundle. */
  files: number;
}

declare module 'vitest' {
  export interface ProvidedContext {
    fuzz: FuzzCases;
  }
}

/** 4,000 + 2,000 + 8 x 600 = 10,800 */
const IN_EVERY_RUN: FuzzCases = { seed: 20_261_125, requests: 4000, images: 2000, files: 600 };

/** @param given JSON of what is to be otherwise */
export function fuzzCases(given = '{}'): FuzzCases {
  return { ...IN_EVERY_RUN, ...JSON.parse(given) };
}
