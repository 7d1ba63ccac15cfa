// A stand-in for local training: one gradient step that pulls the model towards the mean of the local examples.
const LOCAL = [
  [0.2, 0.4],
  [0.6, 0.0],
];

export default {
  examples: LOCAL.length,
  train(model, { learningRate }) {
    const mean = (i) => LOCAL.reduce((sum, example) => sum + example[i % example.length], 0) / LOCAL.length;
    return model.map((weight, i) => learningRate * (mean(i) - weight));
  },
};
