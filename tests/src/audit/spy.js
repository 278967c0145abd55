// Put before the frame worker's own script by the audit's proxy, in the senders' browsers only for the audit: tells the
// proxy each outgoing frame as it comes from the encoder, before anything was sealed.
{
  const inside = Object.getOwnPropertyDescriptor(RTCRtpScriptTransformer.prototype, "readable");
  Object.defineProperty(RTCRtpScriptTransformer.prototype, "readable", {
    ...inside,
    get() {
      const frames = inside.get.call(this);
      if (!this.options || !("Seal" in this.options)) return frames;
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
