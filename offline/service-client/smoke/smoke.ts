/**
 * Ask a service all that an app would ask it, and say of each promise whether it was kept.
 *
 * It is for a service that has just been deployed or published to, over the network and through all that stands in front of it. It
 * knows the API and nothing else, changes nothing, and sends one piece of feedback, that a moment was shown, which no training row is
 * made of. What the promises are is in checks/; how answers are compared with the document, in documented.ts.
 */

import type { Frames } from '../clip.ts';
import type { Service } from '../service.ts';
import { type Check, type Result, runCheck } from './check.ts';
import { accessChecks } from './checks/access.ts';
import { catalogueChecks } from './checks/catalogue.ts';
import { documentChecks } from './checks/documents.ts';
import { feedbackChecks } from './checks/feedback.ts';
import { momentChecks } from './checks/moments.ts';
import { optionChecks } from './checks/options.ts';
import { previewChecks } from './checks/preview.ts';
import { refusalChecks } from './checks/refusals.ts';
import { gatherFacts, type Smoke } from './facts.ts';
import { meets, Unmet } from './unmet.ts';

export interface SmokeOptions {
  service: Service;
  /** A clip of the user's, in place of the drawn one; at most so many frames. */
  readFrames?: (maxFrames: number) => Promise<Frames>;
  checks?: readonly Check[];
  /** Called with each result as it comes. */
  told?: (result: Result) => void;
  /** Milliseconds, any origin. */
  now?: () => number;
}

export const CHECKS: readonly Check[] = [
  ...documentChecks,
  ...accessChecks,
  ...catalogueChecks,
  ...momentChecks,
  ...optionChecks,
  ...previewChecks,
  ...feedbackChecks,
  ...refusalChecks,
  { name: 'the index is the same at the end', run: sameIndex },
];

/** One after the other: a service that is asked for the first time opens its index, and all times would be that. */
export async function runSmoke({
  service,
  readFrames,
  checks = CHECKS,
  told = () => {},
  now = () => performance.now(),
}: SmokeOptions): Promise<Result[]> {
  const smoke: Smoke = { service, facts: gatherFacts(service, readFrames) };
  const results: Result[] = [];
  for (const check of checks) {
    const result = await runCheck(check, smoke, now);
    results.push(result);
    told(result);
  }
  return results;
}

/** An index that is published meanwhile explains failures that are none. */
async function sameIndex({ service, facts }: Smoke): Promise<string> {
  const { indexVersion } = await facts.index();
  const { status, bytes } = await service.ask('/v1/index');
  meets(status === 200, 'GET /v1/index to answer 200', status);
  const now = JSON.parse(new TextDecoder().decode(bytes)) as { indexVersion: string };
  if (now.indexVersion !== indexVersion)
    throw new Unmet(`index ${indexVersion} all the time; ask again`, `${now.indexVersion} at the end`);
  return `index ${indexVersion}`;
}
