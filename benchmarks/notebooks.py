"""Notebooks as data scientists write them, of any length and always the same: what ``slicing.py`` measures with.

Three mixes, about six statements a cell:

    exploration   chapter after chapter, each with frames of its own; now and then one adds to what is predicted with
    history       one frame that most cells add to, between looks at it and ideas that lead nowhere
    functions     helpers that call helpers, classes, and cells that call them
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

IMPORTS = """\
# the usual
import os
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import seaborn as sns
from pathlib import Path
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_squared_error, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler
%matplotlib inline
sns.set_theme(style="whitegrid")
pd.set_option("display.max_columns", 50)
np.random.seed(7)
DATA = Path("data")
history = []"""

LOOKS = (
    """\
{f}.head(10)
print({f}.shape)
{f}.info()
print(f"{i}: {{len({f})}} rows, {{{f}.isna().sum().sum()}} holes")
{f}.describe()""",
    """\
fig, ax = plt.subplots(1, 2, figsize=(12, 4))
{f}['c{a}'].hist(bins=30, ax=ax[0])
sns.boxplot(data={f}, x='kind', y='c{b}', ax=ax[1])
ax[0].set_title('c{a} of {f}')
fig.tight_layout()
plt.show()""",
    """\
counts = {f}['kind'].value_counts()
print(counts.head())
by_kind = {f}.groupby('kind')['c{a}'].mean().sort_values()
by_kind.plot(kind='barh', figsize=(6, 8))
plt.xlabel('mean of c{a}')
plt.show()""",
    """\
corr = {f}.select_dtypes('number').corr()
mask = np.triu(np.ones_like(corr, dtype=bool))
plt.figure(figsize=(10, 8))
sns.heatmap(corr, mask=mask, cmap='coolwarm', center=0)
plt.title('correlation {i}')
plt.show()
strong = corr.abs().unstack().sort_values(ascending=False)
strong[strong < 1].head(10)""",
    """\
for column in ['c{a}', 'c{b}', 'c{c}']:
    print(column, {f}[column].nunique(), {f}[column].skew())
    if {f}[column].isna().any():
        print('  holes:', {f}[column].isna().mean())
total = {f}['c{a}'].sum() + {f}['c{b}'].sum()
share = {f}['c{a}'] / total
share.max()""",
    """\
%%time
trial = {f}.copy()
trial['ratio'] = trial['c{a}'] / (trial['c{b}'] + 1)
trial = trial[trial['ratio'] < trial['ratio'].quantile(0.99)]
pivot = trial.pivot_table(index='kind', columns='c{c}', values='ratio')
pivot.head()
trial.sample(5)""",
    """\
%timeit -n 3 {f}['c{a}'].mean()
!ls data
low, high = {f}['c{a}'].quantile([0.05, 0.95])
outside = {f}[({f}['c{a}'] < low) | ({f}['c{a}'] > high)]
print('outside', len(outside))
sns.scatterplot(data=outside, x='c{a}', y='c{b}')""",
    """\
from scipy import stats
result = stats.ttest_ind({f}['c{a}'].dropna(), {f}['c{b}'].dropna())
print(result)
history.append(('t{i}', 0.5))
table = pd.crosstab({f}['kind'], {f}['c{c}'] > 0)
table""",
)

CHANGES = (
    """\
{f}['c{a}'] = {f}['c{a}'].fillna({f}['c{a}'].median())
{f}['c{b}'].fillna(0, inplace=True)
{f}['n{i}'] = {f}['c{a}'] * {f}['c{b}']
{f}['log{i}'] = np.log1p({f}['n{i}'].clip(lower=0))
{f}.head()""",
    """\
{f}['size{i}'] = {f}['c{a}'].apply(lambda value: 'big' if value > {c} else 'small')
means{i} = {f}.groupby('kind')['c{b}'].mean()
{f}['mean{i}'] = {f}['kind'].map(means{i})
{f}['over{i}'] = {f}['c{b}'] - {f}['mean{i}']
print({f}[['size{i}', 'over{i}']].head())""",
    """\
limit{i} = {f}['c{a}'].quantile(0.99)
{f}.loc[{f}['c{a}'] > limit{i}, 'c{a}'] = limit{i}
if {f}['c{b}'].isna().any():
    {f}['c{b}'] = {f}['c{b}'].interpolate()
{f}['flag{i}'] = ({f}['c{a}'] > {f}['c{b}']).astype(int)
{f}['flag{i}'].value_counts()""",
    """\
{f} = {f}.rename(columns={{'old{i}': 'c{a}'}})
{f} = {f}.drop_duplicates(subset=['id'])
{f} = {f}.sort_values('c{b}').reset_index(drop=True)
{f}['rank{i}'] = {f}['c{b}'].rank(pct=True)
assert {f}['rank{i}'].notna().all(), f'holes in {{"rank{i}"}}'""",
    """\
for column in ['c{a}', 'c{b}']:
    spread = {f}[column].std()
    if spread > 0:
        {f}[f'{{column}}_z{i}'] = ({f}[column] - {f}[column].mean()) / spread
names{i} = [name for name in {f}.columns if name.endswith('_z{i}')]
{f}[names{i}].describe()""",
    """\
extra{i} = pd.read_csv('extra_{i}.csv')
extra{i} = extra{i}.dropna()
extra{i}['when'] = pd.to_datetime(extra{i}['when'])
{f} = {f}.merge(extra{i}, on='id', how='left')
{f}['month{i}'] = {f}['when'].dt.month
{f}.drop(columns=['when'], inplace=True)""",
    """\
{f} = pd.get_dummies({f}, columns=['c{c}'], prefix='k{i}')
kept{i} = {f}.columns[{f}.notna().mean() > 0.5]
{f} = {f}[kept{i}].copy()
print({f}.shape, len(kept{i}))""",
)

MODELS = (
    """\
X{i} = {f}.drop(columns=['id', 'target'])
y{i} = {f}['target']
X_train, X_test, y_train, y_test = train_test_split(X{i}, y{i}, test_size=0.2, random_state={i})
model{i} = RandomForestClassifier(n_estimators=100, random_state=0)
model{i}.fit(X_train, y_train)
print(accuracy_score(y_test, model{i}.predict(X_test)))""",
    """\
scaler = StandardScaler()
scaled = scaler.fit_transform({f}[['c{a}', 'c{b}', 'c{c}']])
clf = LogisticRegression(max_iter=500)
clf.fit(scaled, {f}['target'])
predicted = clf.predict(scaled)
history.append(('logit {i}', accuracy_score({f}['target'], predicted)))
pd.DataFrame(history).tail()""",
    """\
scores = {{}}
for depth in [3, 5, 8]:
    tree = RandomForestRegressor(max_depth=depth, random_state=0)
    tree.fit({f}[['c{a}', 'c{b}']], {f}['target'])
    scores[depth] = mean_squared_error({f}['target'], tree.predict({f}[['c{a}', 'c{b}']]))
best = min(scores, key=scores.get)
print(f'best {{best}}: {{scores[best]:.3f}}')""",
)

HELPERS = (
    """\
def clean_{i}(frame, limit={c}):
    frame = frame.copy()
    frame['c{a}'] = frame['c{a}'].clip(upper=limit)
    return {call}

def show_{i}(frame, column='c{b}'):
    print(column, frame[column].describe())
    frame[column].hist(bins=BINS)
    plt.show()

show_{i}(raw)
clean_{i}(raw).head()""",
    """\
def ratio_{i}(frame):
    total = frame['c{a}'].sum()
    if total == 0:
        return frame
    frame['r{i}'] = frame['c{b}'] / total
    return {call}

BINS = {c}
part = ratio_{i}(raw.copy())
part.groupby('kind')['r{i}'].agg(['mean', 'max'])
print(part.shape)""",
    """\
class Step{i}:
    def __init__(self, column='c{a}', power=2):
        self.column = column
        self.power = power

    def fit(self, frame):
        self.mean = frame[self.column].mean()
        return self

    def transform(self, frame):
        frame = frame.copy()
        frame[self.column] = (frame[self.column] - self.mean) ** self.power
        return {call}

step = Step{i}().fit(raw)
tried = step.transform(raw)
tried.head()""",
    """\
def report_{i}(frames, title='report {i}'):
    rows = []
    for frame in frames:
        rows.append(len(frame))
        frame['seen'] = True
    summary = pd.DataFrame({{'rows': rows}})
    print(title, summary['rows'].sum())
    return summary

sample = raw.head(100).copy()
report_{i}([sample, {frame_call}])
sample.shape""",
    """\
bucket_{i} = lambda value: int(value // {c})
def bucketed_{i}(frame):
    frame['b{i}'] = frame['c{a}'].map(bucket_{i})
    return {call}

for part in [raw.copy(), raw.head(50).copy()]:
    part = bucketed_{i}(part)
    print(part['b{i}'].nunique())
history.append({i})""",
)


def notebook(mix: str, cells: int) -> list[str]:
    """The sources of ``cells`` cells; the last one predicts."""
    draw = random.Random(f"{mix} {cells}")
    made = iter(MIXES[mix](draw, cells - 2))
    body = [next(made) for _ in range(cells - 2)]
    return [
        IMPORTS,
        *body,
        """\
# nbforge: predict
model.predict(data[columns])""",
    ]


def exploration(draw: random.Random, cells: int) -> Iterator[str]:
    """A chapter is a dozen cells over a frame of its own; every fifth joins what the model is fitted on."""
    yield """\
data = pd.read_csv(DATA / 'base.csv')
data = data.dropna(subset=['target'])
columns = ['c1', 'c2']
data.head()"""
    done, chapter = 1, 0
    while done < cells - 1:
        frame = f"sales_{chapter}"
        yield f"""\
{frame} = pd.read_csv(DATA / '{frame}.csv')
{frame}['id'] = {frame}['id'].astype(int)
{frame}.columns
{frame}.head()"""
        size = min(draw.randint(8, 14), cells - done - 2)
        for position in range(size):
            kind = draw.choice((LOOKS, LOOKS, CHANGES, CHANGES, MODELS if position > 5 else LOOKS))
            yield _filled(draw, draw.choice(kind), frame, done + position)
        done += size + 1
        chapter += 1
        if chapter % 5 == 1 and done < cells - 1:
            yield (
                f"""\
mean_{frame} = {frame}.groupby('id')['c1'].mean().reset_index(name='m{chapter}')
data = data.merge(mean_{frame}, on='id', how='left')
columns.append('m{chapter}')
data.tail()
print(columns)"""
            )
            done += 1
    yield _LAST


def history(draw: random.Random, cells: int) -> Iterator[str]:
    """The same frame from the first cell to the last; most cells add to it."""
    yield """\
data = pd.read_csv(DATA / 'base.csv')
data = data.dropna(subset=['target'])
columns = ['c1', 'c2']
data.head()"""
    for position in range(cells - 2):
        kind = draw.choice((LOOKS, CHANGES, CHANGES, CHANGES, CHANGES, MODELS) if position % 6 else (LOOKS,))
        yield _filled(draw, draw.choice(kind), "data", position)
    yield _LAST


def functions(draw: random.Random, cells: int) -> Iterator[str]:
    """Helpers in groups of ten, each calling earlier ones of its group; what predicts uses every other group."""
    yield """\
BINS = 20
raw = pd.read_csv(DATA / 'base.csv')
data = raw.copy()
columns = ['c1', 'c2']
raw.head()"""
    group: list[str] = []
    for position in range(cells - 2):
        if len(group) == 10:
            last = group[-1]
            used = f"data = {last}(data)\n" if position // 10 % 2 == 0 else ""
            group = []
            yield f"""\
{used}checked = {last}(raw.copy())
print(len(checked))
checked.describe()
checked['c1'].plot()
history.append(len(checked))"""
            continue
        if position % 7 == 3:
            yield _filled(draw, draw.choice(LOOKS), "raw", position)
            continue
        template = draw.choice(HELPERS)
        earlier = group[-3:]
        call = f"{draw.choice(earlier)}(frame)" if earlier else "frame.reset_index(drop=True)"
        frame_call = f"{draw.choice(earlier)}(raw.copy())" if earlier else "raw.copy()"
        yield _filled(draw, template, "raw", position).replace("<call>", call).replace("<frame_call>", frame_call)
        name = template.partition("def ")[2].partition("_")[0]
        if template.startswith("def ") and name != "report":
            group.append(f"{name}_{position}")
    yield _LAST


_LAST = """\
train, test = train_test_split(data, test_size=0.2, random_state=1)
model = RandomForestClassifier(random_state=0)
model.fit(train[columns], train['target'])
print(roc_auc_score(test['target'], model.predict(test[columns])))"""

MIXES: dict[str, Callable[[random.Random, int], Iterator[str]]] = {
    "exploration": exploration,
    "history": history,
    "functions": functions,
}


def _filled(draw: random.Random, template: str, frame: str, number: int) -> str:
    a, b, c = draw.sample(range(1, 9), 3)
    return template.format(f=frame, i=number, a=a, b=b, c=c, call="<call>", frame_call="<frame_call>")


def without_magics(cells: Sequence[str]) -> list[str]:
    """The cells as plain Python, for tools that know no IPython."""
    return [
        "\n".join(f"# {line}" if line.startswith(("%", "!")) else line for line in cell.split("\n")) for cell in cells
    ]
