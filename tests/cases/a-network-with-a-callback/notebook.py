# %%
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

# %% nbforge:data
df = load_iris(as_frame=True).frame

# %%
X = df.drop(columns="target").values
y = df["target"].values
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)


# %%
class PrintDot(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        if epoch % 100 == 0:
            print("")
        print(".", end="")


keras.utils.set_random_seed(1)
model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dropout(0.2), layers.Dense(3, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
early_stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10)
history = model.fit(
    X_train, y_train, epochs=30, validation_split=0.2, verbose=0, callbacks=[early_stop, PrintDot()]
)

# %%
pd.DataFrame(history.history).plot()

# %% nbforge:predict
np.argmax(model.predict(X_test), axis=1)
