// Takes noise out of a voice, on the browser's thread for sound: hands each block to the module that came along, and passes on what is
// left. Says once that sound runs through it; who hears nothing of that takes another way.
registerProcessor("noise", class extends AudioWorkletProcessor {
  constructor({ processorOptions: { module } }) {
    super();
    // Bytes, compiled here: not every browser lets a compiled module come in.
    this.filter = new WebAssembly.Instance(new WebAssembly.Module(module)).exports;
    this.from = this.filter.samples();
    this.begun = false;
  }

  process([[heard]], [[left]]) {
    if (!heard) return true;
    // Made anew each time: memory that has grown is another.
    const samples = new Float32Array(this.filter.memory.buffer, this.from, heard.length);
    samples.set(heard);
    this.filter.filter(heard.length);
    left.set(samples);
    if (!this.begun) this.port.postMessage(null);
    this.begun = true;
    return true;
  }
});
