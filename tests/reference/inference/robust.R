# Robust and cluster-robust errors of least squares: sandwich (HC, CL) and clubSandwich (CR), with
# unbalanced clusters, weights, and fixed effects as dummies; also leaving out one cluster at a time.
# Makes data/clustered.csv and robust.json.
# Rscript tests/reference/inference/robust.R tests/reference/inference
suppressPackageStartupMessages({library(jsonlite); library(clubSandwich); library(sandwich)})
folder <- commandArgs(trailingOnly = TRUE)[1]
set.seed(6)
sizes <- c(4, 5, 7, 8, 9, 12, 14, 18, 23, 31, 42, 67)
G <- length(sizes); n <- sum(sizes)
g <- rep(seq_len(G), sizes)
d <- data.frame(place = sprintf("p%02d", g), x = rnorm(G)[g] + rnorm(n), wave = sample(1:3, n, TRUE))
d$treated <- as.integer(g %in% c(2, 5, 9, 12))
d$w <- round(exp(rnorm(n, sd = 0.5)), 3)
d$y <- round(1 + 0.4 * d$x + 0.3 * d$treated + 0.2 * d$wave + rnorm(G)[g] * 0.6 + rnorm(n) * (1 + 0.3 * abs(d$x)), 4)
d$x <- round(d$x, 4)
d$hit <- as.integer(runif(n) < plogis(-0.4 + 0.5 * d$x + rnorm(G)[g] * 0.4))
d$events <- rpois(n, exp(0.2 + 0.3 * d$x + rnorm(G)[g] * 0.3))
d$score <- cut(d$y + rlogis(n), c(-Inf, 0, 1.5, 3, Inf), labels = FALSE)
d <- d[sample(n), ]
write.csv(d, file.path(folder, "data", "clustered.csv"), row.names = FALSE, quote = FALSE)
d <- read.csv(file.path(folder, "data", "clustered.csv"))

cr <- function(fit) {
  types <- c("CR0", "CR1", "CR1S", "CR2", "CR3")
  setNames(lapply(types, function(type) {
    V <- vcovCR(fit, cluster = d$place, type = type)
    test <- coef_test(fit, vcov = V, test = "Satterthwaite")
    list(se = test$SE, df = test$df_Satt, p = test$p_Satt)
  }), types)
}
hc <- function(fit) setNames(lapply(c("HC0", "HC1", "HC2", "HC3"), function(type)
  sqrt(diag(vcovHC(fit, type = type)))), c("HC0", "HC1", "HC2", "HC3"))
cl <- function(fit) list(
  CR0 = unname(sqrt(diag(vcovCL(fit, cluster = d$place, type = "HC0", cadjust = FALSE)))),
  CR1 = unname(sqrt(diag(vcovCL(fit, cluster = d$place, type = "HC1", cadjust = TRUE)))))
one <- function(fit) list(terms = names(coef(fit)), beta = unname(coef(fit)), cr = cr(fit),
  hc = lapply(hc(fit), unname), cl = cl(fit))

plain <- lm(y ~ x + treated, d)
weighted <- lm(y ~ x + treated, d, weights = w)
# Weights as precisions: the regression of the rows times the root of their weight.
r <- sqrt(d$w)
precisions <- lm(I(y * r) ~ 0 + r + I(x * r) + I(treated * r), d)
waves <- lm(y ~ x + treated + factor(wave), d)
places <- lm(y ~ x + factor(place), d)

# Every cluster left out and the fit repeated: the jackknife by definition.
without <- function(formula) {
  full <- coef(lm(formula, d))
  b <- t(sapply(sort(unique(d$place)), function(p) {
    fit <- lm(formula, d[d$place != p, ])
    c(coef(fit), se = sqrt(diag(vcovCL(fit, cluster = d$place[d$place != p], type = "HC1", cadjust = TRUE))))
  }))
  k <- length(full)
  beta <- b[, seq_len(k)]
  jack <- function(centre) sqrt(diag((G - 1) / G * crossprod(sweep(beta, 2, centre))))
  list(places = sort(unique(d$place)), beta = unname(beta), se = unname(b[, k + seq_len(k)]),
       CV3 = unname(jack(full)), CR3J = unname(jack(colMeans(beta))))
}

# Leverage and the effective number of clusters from their definitions, n by n.
shape <- function(fit, term) {
  X <- model.matrix(fit); bread <- solve(crossprod(X)); H <- X %*% bread %*% t(X)
  places <- sort(unique(d$place)); w <- as.numeric(colnames(X) == term)
  rest <- resid(lm.fit(X[, colnames(X) != term, drop = FALSE], X[, term]))
  gamma <- function(rho) sapply(places, function(p) {
    rows <- d$place == p; a <- X[rows, , drop = FALSE] %*% bread %*% w
    Omega <- matrix(rho, sum(rows), sum(rows)); diag(Omega) <- 1
    drop(t(a) %*% Omega %*% a)
  })
  effective <- function(rho) {v <- gamma(rho); length(v) / (1 + mean((v - mean(v))^2) / mean(v)^2)}
  list(term = term, leverage = unname(sapply(places, function(p) sum(diag(H)[d$place == p]))),
       partial = unname(sapply(places, function(p) sum(rest[d$place == p]^2) / sum(rest^2))),
       G_0 = effective(0), G_1 = effective(1), G_half = effective(0.5))
}

out <- list(
  version = list(R = R.version.string, sandwich = as.character(packageVersion("sandwich")),
                 clubSandwich = as.character(packageVersion("clubSandwich"))),
  fits = list(plain = one(plain), weighted = one(weighted),
              precisions = one(precisions),
              waves = one(waves)),
  places = {
    V <- lapply(c(CR0 = "CR0", CR1 = "CR1", CR2 = "CR2"), function(type) vcovCR(places, d$place, type = type))
    list(beta = coef(places)[["x"]], cr = lapply(V, function(v) {
      test <- coef_test(places, vcov = v, test = "Satterthwaite", coefs = "x")
      list(se = test$SE, df = test$df_Satt)
    }))
  },
  without = without(y ~ x + treated),
  shape = lapply(c("x", "treated"), function(term) shape(plain, term)))
write(toJSON(out, auto_unbox = TRUE, digits = 15, pretty = TRUE, matrix = "rowmajor"), file.path(folder, "robust.json"))
