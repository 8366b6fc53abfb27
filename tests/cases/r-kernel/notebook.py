# %% nbforge:predict
fit <- lm(price ~ area, data = homes)
