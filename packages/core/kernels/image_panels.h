// Panels whose columns run on over several images, for outputs so few an image that they would leave much of a panel empty: gathered
// from images that serve as lines themselves, no smaller than a vector.
#pragma once

#include "product.h"
#include "vectors.h"

namespace convgrad {

template <class T>
struct ImagePanels {
  const T* data;
  i32 images, imageStride;
  i32 channels, volume;

  // Columns [column, column + vectors * lanes) of all channels. A vector lies in one image or reaches into the next.
  template <i32 vectors>
  [[gnu::noinline]] void gather(i32 column, T* panel) const {
    const T* first[vectors];
    const T* second[vectors];
    i32 inFirst[vectors];
    for (i32 v = 0; v < vectors; ++v, column += lanes<T>) {
      const i32 image = column / volume, place = column - image * volume;
      first[v] = data + image * imageStride + place;
      inFirst[v] = image + 1 < images ? volume - place : lanes<T>;
      second[v] = first[v] + imageStride - volume;
    }
    for (i32 channel = 0; channel < channels; ++channel, panel += vectors * lanes<T>) {
      CONVGRAD_UNROLL
      for (i32 v = 0; v < vectors; ++v) {
        Vector<T> values = load(first[v] + channel * volume);
        if (inFirst[v] < lanes<T>) values = lanesBelow<T>(inFirst[v]) ? values : load(second[v] + channel * volume);
        store(panel + v * lanes<T>, values);
      }
    }
  }
};

}  // namespace convgrad
