/** An example of every problem, in the words that the service uses. A test asks that no code is without one. */
import { PROBLEMS, type ProblemCode, type ProblemDetails, problemDetails } from '../schema/problem.ts';

const DETAILS: Readonly<Partial<Record<ProblemCode, string>>> = {
  'json-broken': 'body: expected a JSON object, got 12 bytes of something else. Send valid JSON in UTF-8.',
  'multipart-broken':
    'multipart body: expected a closing boundary, got the end of the body. Let your HTTP client build the form, and send all of it.',
  'gzip-broken':
    'body: expected one whole gzip file, got damaged or missing bytes. Send all of it, or leave content-encoding out.',
  'client-gone': 'body: expected all of it, got the connection lost. Send it again.',
  'key-missing': 'authorization: expected "Bearer" and an API key, got none. Ask whoever runs this service for a key.',
  'key-unknown':
    'API key: expected one of this service, got another. Check that all of it was copied; it may have been revoked.',
  'scope-missing':
    'API key: expected one with the scope "ground", got one with "feedback". Ask for a key with that scope.',
  'signature-invalid':
    'preview: expected the address as an answer gave it, got another. Ask again for the track and use its new previewUrl.',
  'path-unknown': 'path: expected one that /openapi.json lists, got "/v1/moment". Look the path up there.',
  'track-unknown': 'track: expected the id of an indexed track, got "blue-hour". GET /v1/tracks lists them.',
  'preview-missing':
    'preview: expected a track with one, got "blue-hour-3f9a". GET /v1/tracks names the previews there are as previewUrl.',
  'study-missing':
    'study: expected a published one, got none. Put the folder that `cuepoint study make` wrote beside the index, as study/.',
  'method-not-allowed': 'method: expected POST, got GET. Use one of those.',
  'body-too-large':
    'body: expected at most 10485760 bytes, got 31457280. Send less: frames of 640 pixels on the long side, and a token per frame, are enough.',
  'body-too-slow':
    'body: expected 8192 bytes a second in every 6 s, and all of it within 120 s, got less. Send smaller frames, or tokens in their place.',
  'content-type-unsupported':
    'content-type: expected application/json, multipart/form-data, application/octet-stream, got "video/mp4". Send frames as a form, or tokens as JSON or bytes; /openapi.json describes all three.',
  'encoding-unsupported': 'content-encoding: expected gzip or none, got "br". Send the body as it is, or gzip it once.',
  'range-not-satisfiable': 'range: expected a part of 480000 bytes, got "bytes=900000-". Ask for bytes before the end.',
  'field-unexpected': '"durationMS": expected no such field. /openapi.json lists the fields there are.',
  'k-out-of-range': 'k: expected a whole number from 1 to 50, got 1000. Send k=5 for five moments.',
  'fit-unknown':
    'fit: expected "clip", "model", "musical" or "loop", got "stretch". Leave it out for moments as long as the clip.',
  'snap-unknown':
    'snap: expected "downbeat", "beat" or "none", got "bar". Leave it out for moments that start with a bar.',
  'hit-out-of-range': "hitAtMs: expected at most the clip's 12400 ms, got 20000. Count from the start of the clip.",
  'cuts-out-of-range': "cutsMs: expected points of the clip's 12400 ms, got 20000. Count from the start of the clip.",
  'speech-out-of-range':
    'speechMs: expected spans that end after they start, got [[900,400]]. Send [start, end] of each stretch of speech, or [] where there is none.',
  'min-duration-out-of-range':
    'minDurationMs: expected a whole number of milliseconds from 0 to 86400000, or "clip", got "long". Leave it out for tracks as long as the clip while there are enough.',
  'filters-invalid':
    'filters: expected fields of the catalogue (tags, genre, bpm), got "mood". Use one of those; GET /v1/filters describes them.',
  'exclude-invalid':
    'exclude: expected a JSON object of "tracks" and "artists", lists of at most 1000 names, got ["a"]. Answers name the ids of tracks and their artists.',
  'diversity-out-of-range':
    'diversity.lambda: expected a JSON object of "perArtist", from 1 to 50, and "lambda", from 0 to 1, got 7. Send {"perArtist": 1} for no two moments of one artist.',
  'prefer-invalid':
    'prefer: expected a JSON object of "tracks", 1 to 50 ids, and "weight", from 0 to 2, got ["a"]. Answers name the ids of tracks.',
  'avoid-invalid':
    'avoid.weight: expected a JSON object of "tracks", 1 to 50 ids, and "weight", from 0 to 2, got -1. Answers name the ids of tracks.',
  'taste-unknown': 'prefer.tracks: expected ids of tracks of the index, got none among 3. GET /v1/tracks lists them.',
  'alternatives-out-of-range':
    'alternatives: expected a whole number from 0 to 3, got 10. Leave it out for one moment per track.',
  'loudness-out-of-range': 'targetLufs: expected a number from -40 to 0, got 14. Leave it out for -16 LUFS.',
  'duration-out-of-range':
    "durationMs: expected a whole number of milliseconds from 1 to 600000, got 12.4. Send the clip's length.",
  'duration-contradicts-frames':
    'durationMs: expected 5 frames at one per second to last 4 to 6 s, got 20 s. Send one frame per second of the clip (the first 50 of a longer one), or correct durationMs.',
  'frames-missing':
    'frames: expected 1 to 50 images, got none. Add each frame of the clip, one per second, as a file named "frames".',
  'frames-too-many':
    'frames: expected at most 50, got 51. Send one frame per second, and the first 50 of a longer clip.',
  'frames-too-costly':
    'frames: expected at most 25165824 pixels of all frames, got 209715200. Scale them down to 640 pixels on the long side, and send baseline JPEG.',
  'image-unrecognised':
    'frames[0]: image: expected a JPEG, PNG or WebP file, got bytes that start 47 49 46 38. Send the frame as JPEG.',
  'image-truncated':
    'frames[3]: image: expected a whole JPEG, got 20000 bytes without the end-of-image marker. Send the file again, all of it.',
  'image-animated':
    'frames[0]: image: expected a still picture, got an animated WebP. Send each frame as a picture of its own.',
  'image-too-large':
    'frames[0]: image: expected at most 4194304 pixels, got 3840 x 2160. Scale the frame down; 640 pixels on the long side are plenty.',
  'image-corrupt':
    'frames[2]: image: expected a PNG that decodes, got damaged or unsupported data. Export the frame again as JPEG.',
  'encoder-not-embedded':
    'frames: expected tokens of "clip-vit-b32", got images. This index\'s encoder runs on the device: send its tokens as JSON or bytes.',
  'encoder-mismatch': 'encoder: expected "basic-frames", got "clip-vit-b32". Use the encoder that GET /v1/index names.',
  'tokens-shape': "shape: expected [5, 66], got [5, 512]. The index's encoder gives 66 values per frame.",
  'dtype-unknown': 'dtype: expected "float32", "float16" or "int8", got "float64". Leave it out for float32.',
  'tokens-scales': 'scales: expected 5 with int8, got none. Send base64 of one float32 per token.',
  'tokens-base64': 'tokens: expected base64 text, got "%%%". Use the standard alphabet (RFC 4648 §4).',
  'tokens-not-finite':
    "tokens: expected values within ±1000000, got NaN in frame 2, value 7. Check the encoder's output.",
  'limit-out-of-range': 'limit: expected a whole number from 1 to 200, got 5000. Leave it out for pages of 50.',
  'search-invalid': 'q: expected a text of 1 to 200 characters, got "". Leave it out for all tracks.',
  'cursor-unknown':
    'cursor: expected one of the index 3f9a51c07be2, got "77aa01bd90ff.50". Start again without a cursor: the index may have changed.',
  'feedback-invalid':
    'events[3].event: expected "shown", "played", "used" or "edited", got "liked". None of the events of this request was kept.',
  'study-invalid':
    'answers.0.item: expected a comparison of the study, got "c99". None of the answers of this request was kept.',
  'rate-limited': 'caller: expected at most 600 requests in 60 s, got more. Try again after 60 s.',
  'caller-busy':
    'caller: expected bodies of at most 10485760 bytes at once, got more. Wait for the answers to those under way.',
  'candidates-unavailable': 'search: expected candidates from Vectorize, got none. Try again.',
  'keys-missing':
    'API_KEYS: expected a secret with keys, got none. Print an entry with `cuepoint key new`, then run `wrangler secret put API_KEYS`; ACCESS = "open" lets everyone in.',
  'keys-broken':
    'API_KEYS: expected a JSON list of {"id", "sha256", "scopes"}, got something else. `cuepoint key new` prints an entry; the log says what is wrong.',
  'setting-broken': 'ACCESS: expected "keys" or "open", got "opne". Mend it in wrangler.toml and deploy again.',
  busy: 'service: expected room for one more request, got 16 that wait. Try again in a moment.',
  internal: 'The service failed on this request, not because of it. Try again; if it stays, report the requestId.',
  'index-missing':
    'index: expected a published index, got none. Build one (npm run demo), then start or deploy the Worker again.',
  'index-unusable':
    'index: objects/tokens-3f9a51c07be28d10.tokens: expected 1048304 bytes, got 100. Build the index again and publish all of it.',
  'feedback-unavailable':
    'feedback: expected a place to keep it, got none. Bind an Analytics Engine dataset as FEEDBACK or an R2 bucket as FEEDBACK_BUCKET.',
};

/** A request id of an example. */
const REQUEST_ID = '1c1a6a7f-e655-47e1-9a80-8d31462bad1d';

/** As the service answers it. */
export function problemExample(code: ProblemCode): ProblemDetails {
  return problemDetails(code, DETAILS[code] ?? `${PROBLEMS[code].title}.`, REQUEST_ID);
}

/** All of them, as components that the operations refer to. */
export function problemExamples(): Record<string, { summary: string; value: ProblemDetails }> {
  return Object.fromEntries(
    (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [
      code,
      { summary: PROBLEMS[code].title, value: problemExample(code) },
    ]),
  );
}

/** For the test. */
export const codesWithExample = Object.keys(DETAILS);
