"""What past entries teach: new products predicted, compared with what happened, learnt from."""
