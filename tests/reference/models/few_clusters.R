# CR2 with Satterthwaite degrees of freedom, and a wild cluster bootstrap by brute force over all
# patterns of signs, on simulated incidents; writes few_clusters.json.
# Rscript tests/reference/models/few_clusters.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(clubSandwich); library(sandwich)})
folder <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(file.path(folder, "data", "incidents_simulated.csv"))

cr2 <- function(formula, data) {
  fit <- lm(formula, data = data)
  test <- coef_test(fit, vcov = "CR2", cluster = data$province, test = "Satterthwaite")
  list(beta = unname(coef(fit)), se = test$SE, df = test$df_Satt, p = test$p_Satt)
}

# Wild cluster bootstrap-t, null imposed: every draw is a fit of its own.
few <- d[d$province %in% sort(unique(d$province))[1:9], ]
G <- length(unique(few$province))
signs <- as.matrix(expand.grid(rep(list(c(1, -1)), G)))
t_of <- function(outcome, null) {
  fit <- lm(outcome ~ epidemic + deaths, data = cbind(few, outcome))
  V <- vcovCL(fit, cluster = few$province, type = "HC1", cadjust = TRUE)
  (coef(fit)[["epidemic"]] - null) / sqrt(V["epidemic", "epidemic"])
}
wild <- function(null) {
  restricted <- lm(I(y - null * epidemic) ~ deaths, data = few)
  t_hat <- t_of(few$y, null)
  clusters <- match(few$province, sort(unique(few$province)))
  t_star <- apply(signs, 1, function(v)
    t_of(fitted(restricted) + null * few$epidemic + resid(restricted) * v[clusters], null))
  list(null = null, t = t_hat, p = mean(abs(t_star) >= abs(t_hat) * (1 - 1e-10)))
}

out <- list(
  version = list(R = R.version.string, clubSandwich = as.character(packageVersion("clubSandwich"))),
  cr2 = list(many = cr2(y ~ epidemic + deaths + kind, d), few = cr2(y ~ epidemic + deaths, few),
             mean = cr2(y ~ 1, d)),
  wild = lapply(c(0, 0.3, 1), wild))
write(toJSON(out, auto_unbox = TRUE, digits = 15, pretty = TRUE), file.path(folder, "few_clusters.json"))
