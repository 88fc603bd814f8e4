/**
 * What is used of mediabunny (MPL-2.0), which reads and writes containers and drives the browser's decoders and encoders.
 *
 * The build makes a file of its own of this one, `/mediabunny.js`, with the library's licence notice and nothing of ours in it
 * (offline/local-worker/page.ts). It may be there once only, so what writes is in it too. HLS is left out.
 */
export {
  AudioBufferSink,
  AudioBufferSource,
  BlobSource,
  BufferTarget,
  CanvasSink,
  Conversion,
  FLAC,
  getFirstEncodableAudioCodec,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  Mp4OutputFormat,
  OGG,
  Output,
  QTFF,
  QUALITY_HIGH,
  UnsupportedInputFormatError,
  UrlSource,
  WAVE,
  WEBM,
  WebMOutputFormat,
} from 'mediabunny';
