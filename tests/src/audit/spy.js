// Put before the frame worker's own script by the audit's proxy, in the senders' browsers only for the audit: tells the
// proxy each outgoing frame as it comes from the encoder, before anything was sealed.
{
  const of = RTCRtpScriptTransformer.prototype;
  const said = Object.getOwnPropertyDescriptor(of, "options");
  const inside = Object.getOwnPropertyDescriptor(of, "readable");
  const known = new WeakSet(), seal = new WeakSet();
  Object.defineProperty(of, "options", {
    ...said,
    get() {
      const options = said.get.call(this);
      // What the transform is for, as bytes (`Purpose` in client-wasm/src/browser/transform.rs): the first of them is 0 where it seals. Whoever
      // has read them wipes them.
      if (!known.has(this) && options?.[0] === 0) seal.add(this);
      known.add(this);
      return options;
    },
  });
  Object.defineProperty(of, "readable", {
    ...inside,
    get() {
      const frames = inside.get.call(this);
      if (!seal.has(this)) return frames;
      return frames.pipeThrough(new TransformStream({
        transform(frame, onward) {
          const kind = frame instanceof RTCEncodedVideoFrame ? "picture" : "sound";
          fetch("/spy/" + kind, { method: "POST", body: frame.data.slice(0) });
          onward.enqueue(frame);
        },
      }));
    },
  });
}
