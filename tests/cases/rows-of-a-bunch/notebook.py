# %% nbforge:data
from sklearn.datasets import load_wine

wine = load_wine()
for i in range(3):
    print(wine.target_names[i])

# %%
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

X_train, X_test, y_train, y_test = train_test_split(wine.data, wine.target, stratify=wine.target, random_state=42)
scaler = MinMaxScaler()
X_train_scaled = scaler.fit_transform(X_train)
X_test_scaled = scaler.transform(X_test)

# %% nbforge:train
from sklearn.svm import SVC

svm = SVC(C=100)
svm.fit(X_train_scaled, y_train)
print("Accuracy: {:.2f}".format(svm.score(X_test_scaled, y_test)))

# %% nbforge:predict
wine.target_names[svm.predict(X_test_scaled)]
