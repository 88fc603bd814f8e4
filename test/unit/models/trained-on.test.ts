import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../../offline/data/dataset.ts';
import type { Encoders } from '../../../offline/models/checkpoint.ts';
import { checkTokensFit, isSameEncoder } from '../../../offline/models/trained-on.ts';

const [ONE, OTHER] = ['ast-0123456789ab', 'ast-ba9876543210'];
const trained = (key?: string, name = 'ast'): Encoders => ({
  image: { name: 'basic-frames', width: 66, key: 'basic-frames-1' },
  audio: { name, width: 768, key },
});
const tokens = (audioKey?: string, audio = 'ast'): Dataset['encoders'] => ({
  image: 'basic-frames',
  imageKey: 'basic-frames-1',
  audio,
  audioKey,
});

describe('tokens of another file under the name that a network was trained on', () => {
  test('are refused, with both files and what to do', () => {
    expect(() => checkTokensFit('evaluate', trained(ONE), tokens(OTHER))).toThrow(
      "evaluate: expected tokens of ast-0123456789ab, which the checkpoint was trained on, got those of ast-ba9876543210. Bring the first one back by `cuepoint encoders add FILE --name ast --replace` (its file's sha256 begins 0123456789ab), or train on these tokens.",
    );
  });

  test('of a built-in encoder of another revision cannot be brought back', () => {
    const later = { ...tokens(ONE), imageKey: 'basic-frames-2' };
    expect(() => checkTokensFit('export', trained(ONE), later)).toThrow(
      /got those of basic-frames-2\. Train on these tokens\.$/,
    );
  });
});

describe('tokens that fit', () => {
  test('are those of the same file, under another name too, which is said', () => {
    expect(checkTokensFit('evaluate', trained(ONE), tokens(ONE))).toEqual([]);
    expect(checkTokensFit('evaluate', trained(ONE), tokens('mine-0123456789ab', 'mine'))).toEqual([
      'note: mine-0123456789ab is the file of ast-0123456789ab under another name.',
    ]);
    expect(isSameEncoder('basic-frames-1', 'basic-audio-1')).toBe(false);
  });

  test('of which nobody says which file it was are taken as before, with a sentence where one side knows', () => {
    expect(checkTokensFit('evaluate', trained(), tokens())).toEqual([]);
    expect(checkTokensFit('evaluate', trained(), tokens(ONE))).toEqual([
      'note: the checkpoint does not say which file its encoder was: ast-0123456789ab is taken for "ast", which it was trained on.',
    ]);
    expect(checkTokensFit('evaluate', trained(ONE), tokens())).toEqual([
      'note: the folder of tokens does not say which file its encoder was: "ast" is taken for ast-0123456789ab, which it was trained on.',
    ]);
  });
});
