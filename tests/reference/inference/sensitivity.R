# Robustness values with clustered errors, adjusted estimates against the regression that holds the
# confounder, and Oster's moments solved by search; writes sensitivity_r.json.
# Rscript tests/reference/inference/sensitivity.R tests/reference/inference
suppressPackageStartupMessages({library(jsonlite); library(sandwich)})
folder <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(file.path(folder, "data", "sensitivity_simulated.csv"))

# Where the interval of the adjusted estimate touches 0: searched for, not solved in closed form.
fit <- lm(y ~ d + x1 + kind, data = d)
G <- length(unique(d$g)); df <- fit$df.residual
theta <- abs(coef(fit)[["d"]])
se_cl <- sqrt(vcovCL(fit, cluster = d$g, type = "HC1", cadjust = TRUE)["d", "d"])
resid_y <- resid(fit); resid_d <- resid(lm(d ~ x1 + kind, data = d))
bias <- function(r_d, r_y) sqrt(r_y * r_d / (1 - r_d)) * sqrt(sum(resid_y^2) / sum(resid_d^2))
near_end <- function(r, level) {
  # the worst strength with the outcome up to r, by a fine search
  ys <- seq(0, r, length.out = 401)
  se <- se_cl * sqrt((1 - ys) / (1 - r) * df / (df - 1))
  min(theta - bias(r, ys) - qt((1 + level) / 2, G - 1) * se)
}
rv_clustered <- sapply(c(0.5, 0.8, 0.95), function(level)
  if (near_end(0, level) <= 0) 0 else
    uniroot(near_end, c(0, 0.99), level = level, tol = 1e-14)$root)

# The confounder is in the file: its strength and what the long regression says.
long <- lm(y ~ d + x1 + kind + u, data = d)
r2 <- function(short, full) 1 - sum(resid(full)^2) / sum(resid(short)^2)
truth <- list(
  r2_yz = r2(fit, long),
  r2_dz = r2(lm(d ~ x1 + kind, data = d), lm(d ~ x1 + kind + u, data = d)),
  value = coef(long)[["d"]], se = sqrt(vcov(long)["d", "d"]))

# Oster (2019): shares and variances by definition, delta from them, beta* by search over beta.
oster <- function(y, x, controls, data, r_max, deltas) {
  short <- lm(reformulate(x, y), data); full <- lm(reformulate(c(x, controls), y), data)
  s_yy <- var(data[[y]]); s_xx <- var(data[[x]])
  tau <- sum(resid(lm(reformulate(controls, x), data))^2) / (nrow(data) - 1)
  b_o <- coef(short)[[x]]; b_t <- coef(full)[[x]]
  r_o <- summary(short)$r.squared; r_t <- summary(full)$r.squared
  delta_at <- function(beta) {
    cov_2 <- (b_t - beta) * tau                      # unseen index with x
    cov_1 <- (b_o - beta) * s_xx - cov_2             # seen index with x
    error <- (1 - r_max) * s_yy
    var_2 <- (1 - r_t) * s_yy - error + cov_2^2 / tau
    var_1 <- (1 - r_o) * s_yy - error - var_2 + (cov_1 + cov_2)^2 / s_xx
    (cov_2 / var_2) / (cov_1 / var_1)
  }
  # all crossings of delta on a fine grid, poles left out
  grid <- b_t + c(-rev(10^seq(-6, 3, length.out = 4000)), 10^seq(-6, 3, length.out = 4000)) * sd(data[[y]]) / sd(data[[x]])
  roots <- lapply(deltas, function(want) {
    gap <- sapply(grid, delta_at) - want
    turns <- which(diff(sign(gap)) != 0)
    at <- sapply(turns, function(i) uniroot(function(b) delta_at(b) - want, grid[c(i, i + 1)], tol = 1e-14)$root)
    at <- unlist(at)
    if (length(at)) at <- at[abs(vapply(at, delta_at, 0) - want) < 1e-4]
    as.list(at[order(abs(at - b_t))])
  })
  list(beta_o = b_o, beta_tilde = b_t, r_o = r_o, r_tilde = r_t, r_max = r_max,
       delta = delta_at(0), deltas = deltas, roots = roots)
}

out <- list(
  versions = list(R = R.version.string, sandwich = as.character(packageVersion("sandwich"))),
  clustered = list(se = se_cl, clusters = G, level = c(0.5, 0.8, 0.95), rv_alpha = rv_clustered),
  truth = truth,
  oster = list(
    one = oster("y", "d", "x1", d, 0.75, c(1, 0.5, 2, -1)),
    several = oster("y", "d", c("x1", "kind"), d, 0.5, c(1, 0.5, 3))))
write(toJSON(out, auto_unbox = TRUE, digits = 15, pretty = TRUE), file.path(folder, "sensitivity_r.json"))
