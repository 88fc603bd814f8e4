/** Where the annotations of MGSV-EC lie. */
import { sharedMedia, sharedMissing } from '../media/shared.ts';

export { sharedMissing };

export const sharedLog = (split: 'val' | 'test'): string => sharedMedia('..', 'data', 'mgsv-ec', `${split}_data.csv`);
