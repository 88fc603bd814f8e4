import { type MusicFacts, NO_FACTS } from '../../../offline/encode/music-facts.ts';

/** What the analysis says of a track of which nothing is known; `over` is what is. */
export const factsOf = (over: Partial<MusicFacts> = {}): MusicFacts => ({ ...NO_FACTS, ...over });
